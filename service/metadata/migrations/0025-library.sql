-- Sorting by what people see: the title, or the file name of an image without one, without case and without the accents of
-- Latin letters. `normalize` fails in a database whose encoding is not UTF8.
do $$
begin
  if current_setting('server_encoding') = 'UTF8' then
    create function images_title_order(title text, file_name text) returns text
      language sql immutable parallel safe
      return regexp_replace(normalize(lower(coalesce(nullif(title, ''), file_name, '') collate "default"), nfd),
        '[\u0300-\u036f]+', '', 'g') collate "C";
  else
    create function images_title_order(title text, file_name text) returns text
      language sql immutable parallel safe
      return lower(coalesce(nullif(title, ''), file_name, '') collate "default") collate "C";
  end if;
end
$$;

-- How many ready images of a user have each tag. Tags are paths: shop/2026 is below shop. A path has a row when an image has
-- it or a tag below it.
create table image_tag_counts (
  user_id text not null references users (id) on delete cascade,
  tag text collate "C" not null,
  -- The path without its last part; empty for the first part.
  parent text collate "C" not null,
  -- Images that have the tag itself, a tag below it, and either.
  images bigint not null,
  below bigint not null,
  within bigint not null,
  primary key (user_id, tag)
);
create index image_tag_counts_by_use on image_tag_counts (user_id, images desc, tag) where images > 0;
create index image_tag_counts_by_name on image_tag_counts (user_id, (lower(tag collate "default") collate "C"))
  where images > 0;
create index image_tag_counts_folders on image_tag_counts (user_id, parent, tag) where below > 0 or parent <> '';

-- The paths that an image is counted for: each tag, and what is above it. A tag with an empty part, such as /a or a//b, is no
-- path, so nothing is above it. Only the first eight parts are folders, because one image may have 50 tags of 32 parts, which
-- would be 1,600 rows; a tag with more parts is directly below its first eight.
create function image_tag_paths(tags text[])
  returns table (tag text, parent text, images integer, below integer) language sql immutable parallel safe as $$
  select path,
    case when path ~ '^[^/]+(/[^/]+)+$'
      then array_to_string((trim_array(string_to_array(path, '/'), 1))[1:8], '/') else '' end,
    bool_or(is_tag)::integer, bool_or(not is_tag)::integer
  from (
    select tag as path, true as is_tag from unnest(tags) as tag
    union all
    select array_to_string(parts[1:depth], '/'), false
    from unnest(tags) as tag, string_to_array(tag, '/') as parts,
      generate_series(1, least(cardinality(parts) - 1, 8)) as depth
    where tag ~ '^[^/]+(/[^/]+)+$'
  ) as paths
  group by path
$$;

-- Only counts that are to be deleted are in it.
create index image_tag_counts_unused on image_tag_counts (user_id) where within <= 0;

-- Tags that a ready image got (1) or lost (-1).
create type image_tag_change as (user_id text, tags text[], sign integer);

-- The rows are locked in one order, so that two statements that change several images cannot wait for each other. Until 0030
-- has counted the images from before this migration, a count may be below 0. One whose user is being deleted is gone already.
create function image_tag_counts_add(changes image_tag_change[]) returns void language sql as $$
  with sums as (
    select user_id, tag, parent, sum(sign * images) as images, sum(sign * below) as below, sum(sign) as within
    from unnest(changes) as change, image_tag_paths(change.tags)
    group by user_id, tag, parent
  )
  insert into image_tag_counts as counts (user_id, tag, parent, images, below, within)
  select user_id, tag, parent, images, below, within from sums
  where (images <> 0 or below <> 0 or within <> 0)
    and (within > 0 or exists (select from users where users.id = sums.user_id))
  order by user_id, tag
  on conflict (user_id, tag) do update set images = counts.images + excluded.images,
    below = counts.below + excluded.below, within = counts.within + excluded.within;
$$;

-- Keeps the counts in the transaction that changes an image.
create function images_count_tags() returns trigger language plpgsql as $$
declare
  changes image_tag_change[];
begin
  if tg_op = 'INSERT' then
    select array_agg((user_id, tags, 1)::image_tag_change) into changes
      from new_images where state = 'ready' and tags <> '{}';
  elsif tg_op = 'DELETE' then
    select array_agg((user_id, tags, -1)::image_tag_change) into changes
      from old_images where state = 'ready' and tags <> '{}';
  else
    -- Each image counts as lost before and as gained after, and both cancel out when nothing changed. The two tables are not
    -- joined: PL/pgSQL keeps the plan of the first statement of a connection, and if that changed a single image, the plan
    -- is a nested loop, which takes seconds for some thousand images.
    select array_agg((user_id, tags, sign)::image_tag_change) into changes from (
      select user_id, tags, sum(sign)::integer as sign from (
        select user_id, tags, -1 as sign from old_images where state = 'ready' and tags <> '{}'
        union all
        select user_id, tags, 1 from new_images where state = 'ready' and tags <> '{}'
      ) as states group by user_id, tags having sum(sign) <> 0
    ) as changed;
  end if;
  if changes is not null then perform image_tag_counts_add(changes); end if;
  return null;
end $$;
create trigger images_count_inserted_tags after insert on images
  referencing new table as new_images for each statement execute function images_count_tags();
create trigger images_count_updated_tags after update on images
  referencing old table as old_images new table as new_images for each statement execute function images_count_tags();
create trigger images_count_deleted_tags after delete on images
  referencing old table as old_images for each statement execute function images_count_tags();

-- Counts the tags of a user, or of all users, anew: `select recount_image_tags()`. Needed only after triggers were off.
create function recount_image_tags(of_user text default null) returns void language sql as $$
  -- waits for statements that are counting, and stops new ones until the end of the transaction
  lock table image_tag_counts in share row exclusive mode;
  delete from image_tag_counts where of_user is null or user_id = of_user;
  insert into image_tag_counts (user_id, tag, parent, images, below, within)
    select user_id, tag, parent, sum(paths.images), sum(paths.below), count(*)
    from images, image_tag_paths(tags) as paths
    where state = 'ready' and (of_user is null or user_id = of_user)
    group by user_id, tag, parent;
$$;
