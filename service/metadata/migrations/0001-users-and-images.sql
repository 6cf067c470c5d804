create table users (
  id text primary key check (id ~ '^[a-z0-9]{6,32}$'),
  email text not null constraint users_email_unique unique,
  password_hash text not null,
  role text not null check (role in ('admin', 'member')),
  created_at timestamptz(3) not null default now()
);

create table signing_keys (
  user_id text not null references users (id) on delete cascade,
  id text not null check (id ~ '^[a-z0-9]{6,32}$'),
  sealed_secret bytea not null,
  state text not null check (state in ('active', 'retiring', 'revoked')),
  created_at timestamptz(3) not null default now(),
  primary key (user_id, id)
);

-- Times carry milliseconds, as JavaScript's dates do: a cursor made from a date then finds its row again.
create table images (
  id text collate "C" primary key check (id ~ '^[a-z0-9]{6,32}$'),
  user_id text not null references users (id) on delete cascade,
  state text not null check (state in ('uploading', 'ready', 'deleted')),
  title text collate "C" not null,
  tags text[] not null,
  extension text,
  format text,
  width integer,
  height integer,
  pages integer,
  bytes bigint,
  sha256 text,
  focal jsonb,
  facts jsonb,
  created_at timestamptz(3) not null default now(),
  deleted_at timestamptz(3),
  purged_at timestamptz(3),
  unique (user_id, id),
  constraint images_ready_are_complete check (
    state <> 'ready'
    or (extension is not null and format is not null and width > 0 and height > 0 and pages > 0 and bytes > 0
        and sha256 is not null)
  )
);

create index images_by_age on images (user_id, created_at, id) where state = 'ready';
create index images_by_title on images (user_id, title, id) where state = 'ready';
create index images_by_bytes on images (user_id, bytes, id) where state = 'ready';
create index images_by_tag on images using gin (tags) where state = 'ready';
create index images_uploading on images (created_at) where state = 'uploading';
create index images_unpurged on images (deleted_at) where state = 'deleted' and purged_at is null;

create table derivatives (
  user_id text not null,
  image_id text collate "C" not null,
  file_name text collate "C" not null,
  format text not null,
  width integer not null,
  height integer not null,
  bytes bigint not null,
  etag text not null,
  cost_ms double precision not null,
  created_at timestamptz(3) not null default now(),
  primary key (user_id, image_id, file_name),
  foreign key (user_id, image_id) references images (user_id, id) on delete cascade
);
