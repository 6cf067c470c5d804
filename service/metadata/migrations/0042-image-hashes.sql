-- Images from before 0040. An image that is deleted while its hash is copied may keep the hash; queries ignore it, as the image
-- is not ready.
insert into image_hashes (image_id, user_id, phash)
  select id, user_id, phash from images where state = 'ready' and phash is not null
  on conflict do nothing;
