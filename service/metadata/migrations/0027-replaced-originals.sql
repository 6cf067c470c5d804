-- Which file is the original of an image: null for the one that was uploaded with it, else a name in its object key. The
-- keys of rungs and derivatives contain it, too, so that late work on an earlier file never passes for the current one.
alter table images add column original_version text;

-- Files beside the current originals: those being written, which may become one, and those to be deleted.
create table original_files (
  id text collate "C" primary key check (id ~ '^[a-z0-9]{6,32}$'),
  user_id text not null,
  image_id text collate "C" not null,
  version text,
  extension text not null,
  -- Of a file being written: a takedown finds it by this.
  sha256 text,
  state text not null check (state in ('writing', 'obsolete')),
  created_at timestamptz(3) not null default now(),
  foreign key (user_id, image_id) references images (user_id, id) on delete cascade
);
create index original_files_of_image on original_files (user_id, image_id);
create index original_files_by_age on original_files (created_at);
create index original_files_by_content on original_files (sha256) where sha256 is not null;

-- A larger original of an image counts, too. A smaller one is always allowed, else a full user could not save space.
create or replace function images_keep_limits() returns trigger language plpgsql as $$
declare
  allowed jsonb;
  had_images bigint;
  had_bytes numeric;
  is_new boolean := true;
begin
  if tg_op = 'UPDATE' then
    is_new := old.state <> 'ready';
    if not is_new and new.bytes <= old.bytes then return new; end if;
  end if;
  if not exists (select from users where id = new.user_id and limits ?| array['images', 'storageBytes']) then
    return new;
  end if;
  select limits into allowed from users where id = new.user_id for no key update;
  select count(*) filter (where state = 'ready'), coalesce(sum(bytes), 0) into had_images, had_bytes
    from images where user_id = new.user_id and id <> new.id and (state = 'ready' or keep_until > now());
  if is_new and had_images + 1 > (allowed ->> 'images')::numeric then
    raise exception 'images: at most %', allowed ->> 'images'
      using errcode = 'check_violation', constraint = 'images_within_limits';
  end if;
  if had_bytes + new.bytes > (allowed ->> 'storageBytes')::numeric then
    raise exception 'storageBytes: at most %, of which % are taken', allowed ->> 'storageBytes', had_bytes
      using errcode = 'check_violation', constraint = 'images_within_limits';
  end if;
  return new;
end $$;
drop trigger images_within_limits on images;
create trigger images_within_limits before insert or update of state, bytes on images
  for each row when (new.state = 'ready') execute function images_keep_limits();
