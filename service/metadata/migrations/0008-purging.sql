-- What a derivative was made of besides its own image, and the presets that it was asked for by: who purges those finds it.
alter table derivatives add column others text[] not null default '{}';
alter table derivatives add column presets text[] not null default '{}';
update derivatives set others = array(
    select distinct found[1] from regexp_matches(file_name, '_overlay_i-([a-z0-9]{6,32})', 'g') as found)
  where file_name ~ '_overlay_';
create index derivatives_by_others on derivatives using gin (others) where others <> '{}';

-- How often derivatives of the image were taken away: a process that knew another number forgets those it has in memory.
alter table images add column purges integer not null default 0;
-- The number of a purge that is not through. A crash leaves it, and the next sweep repeats the purge.
alter table images add column purge_pending integer;
create index images_purge_pending on images (id) where purge_pending is not null;

create index images_by_content on images (sha256, id) where sha256 is not null;

-- Contents that nobody may have here. They outlive the administrators who took them down.
create table takedowns (
  sha256 text collate "C" primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  reason text not null,
  taken_by text not null,
  created_at timestamptz(3) not null default now()
);
create index takedowns_by_age on takedowns (created_at desc, sha256 desc);
