-- The API key that ordered an archive: its link is not valid without it. Null for links that a session ordered.
alter table image_downloads add column api_key_id text;
