-- Images from before 0040. Few are pending, so their rows are locked and cannot change meanwhile.
insert into pending_ingests (image_id, user_id, created_at)
  select id, user_id, created_at from images
  where state = 'ready' and ingested_at is null and ingest_failed_at is null for no key update
  on conflict do nothing;
insert into pending_purges (image_id, user_id)
  select id, user_id from images where state = 'ready' and purge_pending is not null for no key update
  on conflict do nothing;
