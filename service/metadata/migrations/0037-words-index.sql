-- Words and tags by user: the indexes before it made a search or a tag that many users have read the images of all of them.
-- A server without the extensions keeps the earlier indexes.
do $$
begin
  create extension if not exists btree_gin;
  create extension if not exists pg_trgm;
  create index images_by_words on images using gin (user_id, search_text gin_trgm_ops, tags) where state = 'ready';
  drop index if exists images_by_text;
  drop index if exists images_by_tag;
exception when insufficient_privilege or undefined_file or undefined_object or feature_not_supported then
  raise notice 'btree_gin or pg_trgm is not there: searches and tags use the indexes of all users';
end
$$;
