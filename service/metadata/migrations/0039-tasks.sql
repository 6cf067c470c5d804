-- Long work that is done page by page: purges of many images, deletions of users, takedowns, and chores that repeat. A row
-- says where the next page starts, so that any process can continue the work of one that died.
create table tasks (
  id text collate "C" primary key check (id ~ '^[a-z0-9]{6,32}$'),
  kind text not null,
  -- At most one unfinished task of a kind has the same key.
  key text not null,
  -- Null for tasks that only administrators see.
  user_id text references users (id) on delete cascade,
  -- What the task is about, for display.
  subject text not null,
  payload jsonb not null,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
  -- Where the next page starts; null for the first page.
  position jsonb,
  -- How many items are done, and how many there are, if that is known.
  done bigint not null default 0,
  total bigint,
  -- Failed attempts, and pauses for an unavailable dependency, since the last page.
  attempts integer not null default 0,
  waits integer not null default 0,
  code text,
  detail text,
  -- When a waiting task is to be continued, and until when a running one belongs to the process that runs it.
  due_at timestamptz not null default now(),
  -- A random word of the process that runs the task; null while it does not run.
  holder text,
  created_at timestamptz(3) not null default now(),
  started_at timestamptz(3),
  updated_at timestamptz(3) not null default now(),
  -- The end of the task; of one that repeats, its last success.
  finished_at timestamptz(3),
  constraint tasks_say_why check ((code is null) = (detail is null))
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create unique index tasks_once on tasks (kind, key) where state in ('waiting', 'running');
create index tasks_due on tasks (due_at) where state in ('waiting', 'running');
create index tasks_unfinished_of_user on tasks (user_id, created_at, id) where state in ('waiting', 'running');
create index tasks_finished_of_user on tasks (user_id, finished_at desc) where state in ('done', 'failed', 'cancelled');
create index tasks_finished on tasks (finished_at) where state in ('done', 'failed', 'cancelled');
