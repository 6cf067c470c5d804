-- Adds the images from before 0031. The difference between the images and the counts in one snapshot is the same at any
-- later time, because each change since then changes both. So nothing waits while this reads, and the rows of the counts are
-- locked only while they are written. The users are locked against deletion only.
with present as materialized (select id from users for key share)
insert into user_holdings as held (user_id, images, image_bytes, deleted_images, deleted_bytes, checked_at)
  select user_id, sum(images), sum(image_bytes), sum(deleted_images), sum(deleted_bytes), now() from (
    select user_id, count(*) filter (where state = 'ready') as images,
      coalesce(sum(bytes) filter (where state = 'ready'), 0) as image_bytes,
      count(*) filter (where state = 'deleted') as deleted_images,
      coalesce(sum(bytes) filter (where state = 'deleted'), 0) as deleted_bytes
    from images where state = 'ready' or state = 'deleted' and keep_until is not null and purged_at is null
    group by user_id
    union all
    select user_id, -images, -image_bytes, -deleted_images, -deleted_bytes from user_holdings
  ) as sums join present on present.id = user_id group by user_id order by user_id
  on conflict (user_id) do update set images = held.images + excluded.images,
    image_bytes = held.image_bytes + excluded.image_bytes, deleted_images = held.deleted_images + excluded.deleted_images,
    deleted_bytes = held.deleted_bytes + excluded.deleted_bytes, checked_at = excluded.checked_at;
