-- concurrently
create index concurrently images_by_format on images (user_id, format, created_at, id) where state = 'ready';
