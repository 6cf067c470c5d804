-- concurrently
create index concurrently images_restorable on images (user_id, created_at, id)
  where state = 'deleted' and keep_until is not null and purged_at is null;
