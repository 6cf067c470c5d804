-- concurrently
-- A new original of an image removes its failures. A user may have 10,000 of other images.
create index concurrently failed_jobs_of_image on failed_jobs (user_id, image_id) where image_id is not null;
