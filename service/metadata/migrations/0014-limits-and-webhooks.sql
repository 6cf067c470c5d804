-- What administrators allow a user at most; null: everything.
alter table users add column limits jsonb constraint users_limits_are_an_object check (jsonb_typeof(limits) = 'object');

-- Whatever makes an image ready, it is counted when it does: by one after the other, so that two at once cannot both be
-- the last one.
create function images_keep_limits() returns trigger language plpgsql as $$
declare
  allowed jsonb;
  had_images bigint;
  had_bytes numeric;
begin
  if tg_op = 'UPDATE' then
    if old.state = 'ready' then return new; end if;
  end if;
  if not exists (select from users where id = new.user_id and limits ?| array['images', 'storageBytes']) then
    return new;
  end if;
  select limits into allowed from users where id = new.user_id for no key update;
  select count(*), coalesce(sum(bytes), 0) into had_images, had_bytes
    from images where user_id = new.user_id and state = 'ready';
  if had_images + 1 > (allowed ->> 'images')::numeric then
    raise exception 'images: at most %', allowed ->> 'images'
      using errcode = 'check_violation', constraint = 'images_within_limits';
  end if;
  if had_bytes + new.bytes > (allowed ->> 'storageBytes')::numeric then
    raise exception 'storageBytes: at most %, of which % are taken', allowed ->> 'storageBytes', had_bytes
      using errcode = 'check_violation', constraint = 'images_within_limits';
  end if;
  return new;
end $$;
create trigger images_within_limits before insert or update of state on images
  for each row when (new.state = 'ready') execute function images_keep_limits();

-- How many derivatives were developed for users of whom that is limited, by day in UTC.
create table developments_of_day (
  user_id text not null references users (id) on delete cascade,
  day date not null,
  count bigint not null,
  primary key (user_id, day)
);

create table webhooks (
  id text collate "C" primary key check (id ~ '^[a-z0-9]{6,32}$'),
  user_id text not null references users (id) on delete cascade,
  url text not null,
  events text[] not null,
  sealed_secret bytea not null,
  created_at timestamptz(3) not null default now()
);
create index webhooks_of_user on webhooks (user_id, created_at desc, id desc);

-- What webhooks are told, byte for byte.
create table webhook_deliveries (
  id text collate "C" primary key check (id ~ '^[a-z0-9]{6,32}$'),
  webhook_id text collate "C" not null references webhooks (id) on delete cascade,
  user_id text not null references users (id) on delete cascade,
  -- Names what happened: of an event that is noticed twice, one is told.
  occasion text not null,
  event text not null,
  body text not null,
  status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
  -- Since it was ordered the last time.
  attempts integer not null default 0,
  response_code integer,
  detail text,
  created_at timestamptz(3) not null default now(),
  at timestamptz(3),
  -- When its job is to be looked after, which may be lost. Null when nothing is to be done any more.
  due_at timestamptz(3),
  constraint webhook_deliveries_once unique (webhook_id, occasion)
);
create index webhook_deliveries_of_webhook on webhook_deliveries (webhook_id, created_at desc, id desc);
create index webhook_deliveries_of_user on webhook_deliveries (user_id, created_at desc, id desc);
create index webhook_deliveries_by_age on webhook_deliveries (created_at);
create index webhook_deliveries_due on webhook_deliveries (due_at) where due_at is not null;
