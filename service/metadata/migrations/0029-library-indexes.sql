-- concurrently
-- The indexes of 0024 and 0025. Lists and searches are slow without them.

create index concurrently images_by_title_order on images (user_id, images_title_order(title, file_name), id)
  where state = 'ready';

create index concurrently images_by_metadata on images using gin (metadata_terms)
  where state = 'ready' and metadata_terms is not null;

-- Trigrams by user. A server without the extensions reads through the described images of the user instead.
-- when: exists (select from pg_extension where extname = 'btree_gin') and exists (select from pg_opclass where opcname = 'gin_trgm_ops' and pg_opclass_is_visible(oid))
create index concurrently images_by_description on images using gin (user_id, described_text gin_trgm_ops)
  where state = 'ready' and described_text is not null;

-- when: not (exists (select from pg_extension where extname = 'btree_gin') and exists (select from pg_opclass where opcname = 'gin_trgm_ops' and pg_opclass_is_visible(oid)))
create index concurrently images_by_description on images (user_id)
  where state = 'ready' and described_text is not null;
