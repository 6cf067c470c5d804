-- What caches in front are still to be told: a job may be lost with its process.
create table edge_calls (
  id text collate "C" primary key,
  payload jsonb not null,
  -- When its job is looked after.
  due_at timestamptz(3) not null
);
create index edge_calls_due on edge_calls (due_at);
