-- Who may neither log in nor use a key; his image URLs go on.
alter table users add column disabled boolean not null default false;
create index users_by_age on users (created_at, id);

-- A login and all that goes on from it. Its refresh token names the series and is replaced at each use: of the series, the
-- token and the one before only hashes are here.
create table sessions (
  id text primary key check (id ~ '^[a-z0-9]{6,32}$'),
  user_id text not null references users (id) on delete cascade,
  series_hash bytea not null constraint sessions_series_unique unique,
  token_hash bytea not null,
  previous_hash bytea,
  rotated_at timestamptz(3) not null default now(),
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null
);

create index sessions_of_user on sessions (user_id, rotated_at desc, id);
create index sessions_by_end on sessions (expires_at);

-- What guesses of a password there were: of an account (by the hash of what was typed, so that it need not exist) from an
-- address (of IPv6 its /64).
create table login_attempts (
  account bytea not null,
  address text not null,
  failures integer not null,
  failed_at timestamptz(3),
  succeeded_at timestamptz(3),
  primary key (account, address)
);

create index login_attempts_of_address on login_attempts (address, failed_at);
create index login_attempts_by_age on login_attempts (greatest(failed_at, succeeded_at));

create table api_keys (
  id text collate "C" primary key check (id ~ '^[a-z0-9]{6,32}$'),
  user_id text not null references users (id) on delete cascade,
  name text not null,
  secret_hash bytea not null,
  scopes text[] not null,
  expires_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  last_used_at timestamptz(3)
);

create index api_keys_of_user on api_keys (user_id, created_at desc, id desc);
create index api_keys_by_end on api_keys (expires_at) where expires_at is not null;
