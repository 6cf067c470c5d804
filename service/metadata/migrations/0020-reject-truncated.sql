-- Whether uploads whose last part is missing are refused, instead of shown with what is there.
alter table users add column reject_truncated boolean not null default false;
