-- The indexes of 0024. They are empty at first, but each build reads all images. Meanwhile uploads and other changes of images
-- wait; reads go on, because this transaction takes no stronger lock.
create index images_by_metadata on images using gin (metadata_terms)
  where state = 'ready' and metadata_terms is not null;

-- Trigrams by user. A server without the extensions reads through the described images of the user instead.
do $$
begin
  create extension if not exists btree_gin;
  create index images_by_description on images using gin (user_id, described_text gin_trgm_ops)
    where state = 'ready' and described_text is not null;
exception when insufficient_privilege or undefined_file or undefined_object or feature_not_supported then
  raise notice 'btree_gin or pg_trgm is not there: searches read through the described images of their user';
  create index images_by_description on images (user_id) where state = 'ready' and described_text is not null;
end
$$;
