-- Archives that users may download once, by a secret of which only the hash is kept.
create table image_downloads (
  secret_hash text primary key,
  user_id text not null references users (id) on delete cascade,
  image_ids text[] not null,
  -- Null for originals.
  preset text,
  format text not null,
  file_name text not null,
  expires_at timestamptz(3) not null,
  -- The API key that ordered the archive: its link is not valid without it. Null for links that a session ordered.
  api_key_id text
);
create index image_downloads_of_user on image_downloads (user_id);
create index image_downloads_by_expiry on image_downloads (expires_at);
