-- Whether the bytes are as good as they get, or those of a first answer that a job makes better.
alter table derivatives add column variant text not null default 'final' check (variant in ('final', 'standin'));
