-- Rows from before 0041. Few images are pending, so their rows are locked and cannot change meanwhile. An image that is deleted
-- while its hash is copied may keep the hash; queries ignore it, as the image is not ready.
insert into pending_ingests (image_id, user_id, created_at)
  select id, user_id, created_at from images
  where state = 'ready' and ingested_at is null and ingest_failed_at is null for no key update
  on conflict do nothing;
insert into pending_purges (image_id, user_id)
  select id, user_id from images where state = 'ready' and purge_pending is not null for no key update
  on conflict do nothing;
insert into image_hashes (image_id, user_id, phash)
  select id, user_id, phash from images where state = 'ready' and phash is not null
  on conflict do nothing;
