-- Until then the original of a deleted image is kept for its user. Null when it is to go at once.
alter table images add column keep_until timestamptz(3);
-- When all else of an image that is kept was cleared away.
alter table images add column cleared_at timestamptz(3);
create index images_kept on images (user_id, created_at, id) where keep_until is not null;

-- What the file was called where it came from.
alter table images add column file_name text;

-- Lists of words are joined by a function that only a wrapper can promise to be immutable: of text it is. Line feeds
-- stand in no title, tag or file name, so that nothing is found across two of them.
create function images_search_text(title text, file_name text, tags text[]) returns text
  language sql immutable parallel safe
  return lower((title || E'\n' || coalesce(file_name, '') || E'\n' || array_to_string(tags, E'\n')) collate "default");
alter table images add column search_text text
  generated always as (images_search_text(title, file_name, tags)) stored;

-- Trigrams find any part of a word. A server without them, or that gives no right to them, reads through the images of
-- the one user who searches instead.
do $$
begin
  create extension if not exists pg_trgm;
  create index images_by_text on images using gin (search_text gin_trgm_ops) where state = 'ready';
exception when insufficient_privilege or undefined_file or undefined_object or feature_not_supported then
  raise notice 'pg_trgm is not there: searches read through the images of their user';
end
$$;

-- The perceptual hash of what was seen, as bits that can be compared.
alter table images add column phash bit(64) generated always as (
  case when insight ->> 'pHash' ~ '^[0-9a-f]{16}$' then ('x' || (insight ->> 'pHash'))::bit(64) end) stored;
-- Everything that a comparison reads, so that it reads no row but those that are alike.
create index images_by_likeness on images (user_id, phash, id) where state = 'ready' and phash is not null;

-- What is kept takes storage, too: else whoever deletes what he uploads could fill it.
create or replace function images_keep_limits() returns trigger language plpgsql as $$
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
  select count(*) filter (where state = 'ready'), coalesce(sum(bytes), 0) into had_images, had_bytes
    from images where user_id = new.user_id and id <> new.id and (state = 'ready' or keep_until > now());
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
