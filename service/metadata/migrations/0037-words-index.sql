-- concurrently
-- Words and tags by user: the indexes before it made a search or a tag that many users have read the images of all of them.
-- A server without the extensions keeps the earlier indexes.

-- when: exists (select from pg_extension where extname = 'btree_gin') and exists (select from pg_opclass where opcname = 'gin_trgm_ops' and pg_opclass_is_visible(oid))
create index concurrently images_by_words on images using gin (user_id, search_text gin_trgm_ops, tags)
  where state = 'ready';
