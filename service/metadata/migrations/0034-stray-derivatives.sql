-- Derivatives that may be in the store although no row of `derivatives` names them: those being written, which are here
-- until their row is recorded, and those whose object has to be deleted a second time. Without foreign keys, because a
-- row has to outlive its image and its user: it alone leads to the object.
create table stray_derivatives (
  id uuid primary key default gen_random_uuid(),
  user_id text not null,
  image_id text collate "C" not null,
  file_name text collate "C" not null,
  version text,
  -- The object may be written until then. After it, the sweep deletes the object.
  until timestamptz(3) not null
);
create index stray_derivatives_of_image on stray_derivatives (user_id, image_id);
create index stray_derivatives_by_age on stray_derivatives (until);

-- What names the pages and rungs of an earlier original, and how long they may still be written. Null in older rows.
alter table original_files add column pages integer;
alter table original_files add column ladder_until timestamptz(3);
