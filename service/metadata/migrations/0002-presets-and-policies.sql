alter table users add column presets_only boolean not null default false;

create table presets (
  user_id text not null references users (id) on delete cascade,
  name text collate "C" not null check (name ~ '^[a-z0-9]{1,32}$'),
  operations text not null check (operations <> ''),
  eager boolean not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (user_id, name)
);

create table policies (
  user_id text not null references users (id) on delete cascade,
  name text collate "C" not null check (name ~ '^[a-z0-9]{1,32}$'),
  rules jsonb not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (user_id, name)
);
