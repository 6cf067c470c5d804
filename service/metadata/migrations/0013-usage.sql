-- What users use, a row for each of them and day (UTC). It outlives the users that it names: no foreign key, which could
-- hold up the counts of all others.
create table usage_days (
  user_id text collate "C" not null,
  day date not null,
  requests bigint not null,
  memory bigint not null,
  store bigint not null,
  miss bigint not null,
  shared bigint not null,
  bytes bigint not null,
  developments bigint not null,
  cpu_ms double precision not null,
  errors bigint not null,
  primary key (user_id, day)
);
create index usage_days_by_age on usage_days (day);

-- What they use most: images, transforms, and error codes. Bounded for each user, day and kind.
create table usage_tops (
  user_id text collate "C" not null,
  day date not null,
  kind text not null check (kind in ('image', 'transform', 'code')),
  name text collate "C" not null,
  requests bigint not null,
  bytes bigint not null,
  primary key (user_id, day, kind, name)
);
create index usage_tops_by_age on usage_tops (day);

-- The last batch of every process that counts, so that one of unknown fate can be sent again and counts once.
create table usage_writers (
  writer text primary key,
  batch bigint not null,
  at timestamptz not null default now()
);
