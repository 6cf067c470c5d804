-- What a user's requests get that waited for heavy work in vain: an error with null, "placeholder", or an image of his.
alter table users add column fallback jsonb constraint users_fallback_is_known check (
  fallback = '"placeholder"' or (jsonb_typeof(fallback) = 'object' and jsonb_typeof(fallback -> 'imageId') = 'string')
);
