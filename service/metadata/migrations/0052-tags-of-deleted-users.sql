-- As in 0030, but a user who is being deleted has no counts to keep: their rows are deleted with the user.
create or replace function image_tag_counts_add(changes image_tag_change[]) returns void language sql as $$
  with kept as materialized (
    select change.* from unnest(changes) as change
    where not exists (select from users where id = change.user_id and deleted_at is not null)
  ), sums as (
    select user_id, tag, parent, sum(sign * images) as images, sum(sign * below) as below, sum(sign) as within
    from kept, image_tag_paths(kept.tags)
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
