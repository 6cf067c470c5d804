-- When what is made of an image behind its upload was made, or was given up. Null while it is still to be done: jobs
-- that are lost on their way are handed out again by it.
alter table images add column ingested_at timestamptz(3);
update images set ingested_at = now() where insight is not null;
create index images_not_ingested on images (created_at) where state = 'ready' and ingested_at is null;

-- Derivatives that somebody wants ahead of their first request.
create table eager_orders (
  user_id text not null,
  image_id text collate "C" not null,
  file_name text collate "C" not null,
  preset text,
  -- All presets by which it was asked for, those within presets too: who purges one of them finds it.
  presets text[] not null,
  format text not null,
  ordered_at timestamptz(3) not null default now(),
  -- When its job is to be looked after, which may be lost. Null when nothing is to be done any more.
  due_at timestamptz(3),
  -- Why it could not even be planned.
  code text,
  detail text,
  primary key (user_id, image_id, file_name),
  foreign key (user_id, image_id) references images (user_id, id) on delete cascade,
  constraint eager_orders_say_why check ((code is null) = (detail is null))
);

create index eager_orders_due on eager_orders (due_at) where due_at is not null;
create index eager_orders_open on eager_orders (user_id) where due_at is not null;
