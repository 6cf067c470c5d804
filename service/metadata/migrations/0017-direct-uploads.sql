-- Files that users put into the store by themselves, to be made images then: what was announced of each.
create table direct_uploads (
  id text collate "C" primary key check (id ~ '^[a-z0-9]{6,32}$'),
  user_id text not null references users (id) on delete cascade,
  bytes bigint not null check (bytes > 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  title text not null,
  tags text[] not null,
  file_name text,
  created_at timestamptz(3) not null default now(),
  -- Until then it can be completed, and its bytes count as stored.
  expires_at timestamptz(3) not null,
  -- Until then somebody is completing it. Null when nobody is.
  claimed_until timestamptz(3),
  -- The image that it is made by whoever claimed it last, or was made.
  image_id text,
  done_at timestamptz(3)
);
create index direct_uploads_of_user on direct_uploads (user_id) where done_at is null;
create index direct_uploads_by_end on direct_uploads (expires_at);
