-- The indexes are in 0029: this transaction holds a lock on images that stops reads, so it must be short.

-- An index of trigrams by user needs it. It may be missing, or only a superuser may create it.
do $$
begin
  create extension if not exists btree_gin;
exception when insufficient_privilege or undefined_file or feature_not_supported then
  raise notice 'btree_gin is not there: searches read through the described images of their user';
end
$$;

-- What an image shows, in words, for those who do not see it: null when nobody has written it, empty when it is decorative.
alter table images add column alt text;
-- Names and values that users give their images, an object of strings; null for none.
alter table images add column metadata jsonb;
alter table direct_uploads add column alt text;
alter table direct_uploads add column metadata jsonb;

-- Searched beside search_text, whose expression cannot be changed without rewriting the table. A trigger keeps both
-- columns, so that no writer can forget them, and images without a description cost nothing.
alter table images add column described_text text;
-- One hash per name and value. It contains the user, so that a search in the index reads the images of one user only,
-- and it has a fixed length, because an index takes no long values.
alter table images add column metadata_terms text[];

create function images_metadata_term(user_id text, name text, value text) returns text
  language sql immutable parallel safe
  return left(encode(sha256(convert_to(user_id || E'\n' || name || E'\n' || value, 'UTF8')), 'hex'), 32);

-- Neither alt texts nor values contain line feeds, so that nothing is found across two of them.
create function images_describe() returns trigger language plpgsql as $$
begin
  new.described_text := nullif(lower(concat_ws(E'\n', new.alt,
    (select string_agg(value, E'\n' order by key) from jsonb_each_text(new.metadata))) collate "default"), '');
  new.metadata_terms := (
    select array_agg(images_metadata_term(new.user_id, key, value)) from jsonb_each_text(new.metadata));
  return new;
end $$;
create trigger images_describe_new before insert on images
  for each row when (new.alt is not null or new.metadata is not null) execute function images_describe();
create trigger images_describe_changed before update of alt, metadata on images
  for each row when (old.alt is distinct from new.alt or old.metadata is distinct from new.metadata)
  execute function images_describe();
