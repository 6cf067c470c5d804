-- concurrently
-- images_by_title_order took the place of the first, images_to_ingest that of the second, and images_restorable that of the
-- third.
drop index concurrently if exists images_by_title;
drop index concurrently if exists images_not_ingested;
drop index concurrently if exists images_kept;
