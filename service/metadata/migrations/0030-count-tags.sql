-- Adds the tags of the images from before 0025. The difference between the images and the counts in one snapshot is the same at
-- any later time, because each change since then changes both. So nothing waits while this reads, and the rows of the counts
-- are locked only while they are written. The users are locked against deletion only.
with held as materialized (select id from users for key share), sums as (
  select user_id, tag, parent, sum(images) as images, sum(below) as below, sum(within) as within from (
    select user_id, tag, parent, sum(paths.images) as images, sum(paths.below) as below, count(*) as within
    from images, image_tag_paths(tags) as paths where state = 'ready' group by user_id, tag, parent
    union all
    select user_id, tag, parent, -images, -below, -within from image_tag_counts
  ) as parts group by user_id, tag, parent
)
insert into image_tag_counts as counts (user_id, tag, parent, images, below, within)
  select user_id, tag, parent, images, below, within from sums join held on held.id = user_id
  where images <> 0 or below <> 0 or within <> 0 order by user_id, tag
  on conflict (user_id, tag) do update set images = counts.images + excluded.images,
    below = counts.below + excluded.below, within = counts.within + excluded.within;

-- From now on no count is below 0.
-- The rows are locked in one order, so that two statements that change several images cannot wait for each other. A count
-- whose user is being deleted may be gone already.
create or replace function image_tag_counts_add(changes image_tag_change[]) returns void language sql as $$
  with sums as (
    select user_id, tag, parent, sum(sign * images) as images, sum(sign * below) as below, sum(sign) as within
    from unnest(changes) as change, image_tag_paths(change.tags)
    group by user_id, tag, parent
  )
  insert into image_tag_counts as counts (user_id, tag, parent, images, below, within)
  select user_id, tag, parent, images, below, within from sums
  where (images <> 0 or below <> 0 or within <> 0)
    and (within > 0 or exists (
      select from image_tag_counts as old where old.user_id = sums.user_id and old.tag = sums.tag))
  order by user_id, tag
  on conflict (user_id, tag) do update set images = counts.images + excluded.images,
    below = counts.below + excluded.below, within = counts.within + excluded.within;
  delete from image_tag_counts where within <= 0
    and user_id = any (select user_id from unnest(changes) as change);
$$;

delete from image_tag_counts where within <= 0;
