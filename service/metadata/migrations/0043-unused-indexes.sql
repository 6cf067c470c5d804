-- concurrently, a day later
-- images_by_words took the place of the first two.

-- when: exists (select from pg_index where indexrelid = to_regclass('images_by_words') and indisvalid)
drop index concurrently if exists images_by_text;

-- when: exists (select from pg_index where indexrelid = to_regclass('images_by_words') and indisvalid)
drop index concurrently if exists images_by_tag;

-- images_by_title_order and images_restorable took the place of these, and the tables of 0040 that of the last four.
drop index concurrently if exists images_by_title;
drop index concurrently if exists images_kept;
drop index concurrently if exists images_not_ingested;
drop index concurrently if exists images_by_likeness;
drop index concurrently if exists images_to_ingest;
drop index concurrently if exists images_purge_pending;
