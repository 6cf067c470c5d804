-- Jobs that were given up: failed as often as they may, or parked because nobody here understands them.
create table failed_jobs (
  id text collate "C" primary key check (id ~ '^[a-z0-9]{6,32}$'),
  name text not null,
  key text not null,
  version integer not null,
  payload json not null,
  state text not null check (state in ('failed', 'parked')),
  user_id text references users (id) on delete cascade,
  image_id text,
  attempts integer not null,
  code text not null,
  detail text not null,
  failed_at timestamptz(3) not null default now(),
  answers_until timestamptz(3) not null,
  constraint failed_jobs_once unique (name, key)
);

create index failed_jobs_of_user on failed_jobs (user_id, failed_at desc, id desc);
create index failed_jobs_by_age on failed_jobs (failed_at desc, id desc);
