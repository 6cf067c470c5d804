-- The addresses of imports of many images, each of which is a task. They are deleted with their task.
create table import_items (
  task_id text collate "C" not null references tasks (id) on delete cascade,
  -- The place in the list, from 0.
  number integer not null,
  url text not null,
  -- What the user calls the image.
  reference text,
  -- Title, tags, alt text and metadata of the image; empty when it is imported.
  labels jsonb not null,
  -- The id of the image that the latest attempt makes. No two attempts can complete images of one item.
  image_id text collate "C" not null,
  state text not null default 'waiting' check (state in ('waiting', 'done', 'failed')),
  code text,
  detail text,
  primary key (task_id, number),
  constraint import_items_say_why check ((state = 'failed') = (code is not null) and (code is null) = (detail is null))
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create index import_items_failed on import_items (task_id, number) where state = 'failed';
