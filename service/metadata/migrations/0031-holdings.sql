-- What users have stored. Triggers keep it in the transaction of each change, so that no quota has to count images. Deleted
-- images count until their objects are gone, although their time may have passed before: they take storage until then.
create table user_holdings (
  user_id text primary key references users (id) on delete cascade,
  images bigint not null default 0,
  image_bytes bigint not null default 0,
  -- Of the deleted images that were kept for their user.
  deleted_images bigint not null default 0,
  deleted_bytes bigint not null default 0,
  -- When the counts were last compared with the images.
  checked_at timestamptz(3)
  -- An update in place needs free space on its page.
) with (fillfactor = 50);

create type user_holdings_change as (
  user_id text, images bigint, image_bytes bigint, deleted_images bigint, deleted_bytes bigint);

-- The rows are changed in one order, so that two statements for several users cannot wait for each other. A user who is being
-- deleted may have no row any more, and gets none again.
create function user_holdings_add(changes user_holdings_change[]) returns void language plpgsql as $$
declare
  change user_holdings_change;
begin
  foreach change in array changes loop
    update user_holdings set images = images + change.images, image_bytes = image_bytes + change.image_bytes,
      deleted_images = deleted_images + change.deleted_images, deleted_bytes = deleted_bytes + change.deleted_bytes
      where user_id = change.user_id;
    if not found and exists (select from users where id = change.user_id) then
      insert into user_holdings as held (user_id, images, image_bytes, deleted_images, deleted_bytes)
        values (change.user_id, change.images, change.image_bytes, change.deleted_images, change.deleted_bytes)
        on conflict (user_id) do update set images = held.images + excluded.images,
          image_bytes = held.image_bytes + excluded.image_bytes,
          deleted_images = held.deleted_images + excluded.deleted_images,
          deleted_bytes = held.deleted_bytes + excluded.deleted_bytes;
    end if;
  end loop;
end $$;

-- Each image counts as lost before and as gained after, and both cancel out when nothing changed. See images_count_tags for why
-- the two tables are not joined.
create function images_count_holdings() returns trigger language plpgsql as $$
declare
  changes user_holdings_change[];
begin
  if tg_op = 'INSERT' then
    -- statements such as the insert of an upload, which is not ready yet, end here
    if not exists (select from new_images where state <> 'uploading') then return null; end if;
    select array_agg((user_id, images, image_bytes, deleted_images, deleted_bytes)::user_holdings_change order by user_id)
      into changes from (
        select user_id, count(*) filter (where state = 'ready') as images,
          coalesce(sum(bytes) filter (where state = 'ready'), 0)::bigint as image_bytes,
          count(*) filter (where state = 'deleted') as deleted_images,
          coalesce(sum(bytes) filter (where state = 'deleted'), 0)::bigint as deleted_bytes
        from new_images where state = 'ready' or state = 'deleted' and keep_until is not null and purged_at is null
        group by user_id) as sums;
  elsif tg_op = 'DELETE' then
    select array_agg((user_id, -images, -image_bytes, -deleted_images, -deleted_bytes)::user_holdings_change order by user_id)
      into changes from (
        select user_id, count(*) filter (where state = 'ready') as images,
          coalesce(sum(bytes) filter (where state = 'ready'), 0)::bigint as image_bytes,
          count(*) filter (where state = 'deleted') as deleted_images,
          coalesce(sum(bytes) filter (where state = 'deleted'), 0)::bigint as deleted_bytes
        from old_images where state = 'ready' or state = 'deleted' and keep_until is not null and purged_at is null
        group by user_id) as sums;
  else
    select array_agg((user_id, images, image_bytes, deleted_images, deleted_bytes)::user_holdings_change order by user_id)
      into changes from (
        select user_id, coalesce(sum(sign) filter (where state = 'ready'), 0)::bigint as images,
          coalesce(sum(sign * bytes) filter (where state = 'ready'), 0)::bigint as image_bytes,
          coalesce(sum(sign) filter (where state = 'deleted'), 0)::bigint as deleted_images,
          coalesce(sum(sign * bytes) filter (where state = 'deleted'), 0)::bigint as deleted_bytes
        from (
          select user_id, state, bytes, -1 as sign from old_images
          where state = 'ready' or state = 'deleted' and keep_until is not null and purged_at is null
          union all
          select user_id, state, bytes, 1 from new_images
          where state = 'ready' or state = 'deleted' and keep_until is not null and purged_at is null
        ) as states group by user_id) as sums
      where images <> 0 or image_bytes <> 0 or deleted_images <> 0 or deleted_bytes <> 0;
  end if;
  if changes is not null then perform user_holdings_add(changes); end if;
  return null;
end $$;
create trigger images_count_holdings_inserted after insert on images
  referencing new table as new_images for each statement execute function images_count_holdings();
create trigger images_count_holdings_updated after update on images
  referencing old table as old_images new table as new_images for each statement execute function images_count_holdings();
create trigger images_count_holdings_deleted after delete on images
  referencing old table as old_images for each statement execute function images_count_holdings();
