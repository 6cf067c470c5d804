-- concurrently
-- The tables of 0041 take their place.
drop index concurrently if exists images_by_likeness;
drop index concurrently if exists images_to_ingest;
drop index concurrently if exists images_purge_pending;
