-- What changes often in images, or is searched for it, has narrow tables of its own, which triggers keep. An update of images
-- that changes no indexed column writes no index entries, if there is free space on the page of the row: then an upload
-- writes one version of the row with index entries after its first, not four, and a purge none. The rows have no foreign
-- keys, because those would lock, and so write, the rows of images.

-- The perceptual hashes of ready images.
create table image_hashes (
  image_id text collate "C" primary key,
  user_id text not null,
  phash bit(64) not null
);
create index image_hashes_by_likeness on image_hashes (user_id, phash, image_id);

-- Ready images whose ingestion is neither completed nor given up.
create table pending_ingests (
  image_id text collate "C" primary key,
  user_id text not null,
  -- When the image was uploaded.
  created_at timestamptz(3) not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create index pending_ingests_by_age on pending_ingests (created_at);

-- Ready images with a purge that is not completed.
create table pending_purges (
  image_id text collate "C" primary key,
  user_id text not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create function images_keep_hash() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' then
    if new.state = 'ready' and new.phash is not null then
      insert into image_hashes (image_id, user_id, phash) values (new.id, new.user_id, new.phash)
        on conflict (image_id) do update set phash = excluded.phash;
      return null;
    end if;
  end if;
  delete from image_hashes where image_id = old.id;
  return null;
end $$;
create trigger images_keep_hash_inserted after insert on images for each row
  when (new.state = 'ready' and new.phash is not null) execute function images_keep_hash();
create trigger images_keep_hash_updated after update of state, insight on images for each row
  when (((old.state = 'ready' and old.phash is not null) or (new.state = 'ready' and new.phash is not null))
    and (old.state <> new.state or old.phash is distinct from new.phash)) execute function images_keep_hash();
create trigger images_keep_hash_deleted after delete on images for each row
  when (old.state = 'ready' and old.phash is not null) execute function images_keep_hash();

create function images_keep_pending_ingest() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' then
    if new.state = 'ready' and new.ingested_at is null and new.ingest_failed_at is null then
      insert into pending_ingests (image_id, user_id, created_at) values (new.id, new.user_id, new.created_at)
        on conflict do nothing;
      return null;
    end if;
  end if;
  delete from pending_ingests where image_id = old.id;
  return null;
end $$;
create trigger images_keep_pending_ingest_inserted after insert on images for each row
  when (new.state = 'ready' and new.ingested_at is null and new.ingest_failed_at is null)
  execute function images_keep_pending_ingest();
create trigger images_keep_pending_ingest_updated after update of state, ingested_at, ingest_failed_at on images for each row
  when ((old.state = 'ready' and old.ingested_at is null and old.ingest_failed_at is null)
    is distinct from (new.state = 'ready' and new.ingested_at is null and new.ingest_failed_at is null))
  execute function images_keep_pending_ingest();
create trigger images_keep_pending_ingest_deleted after delete on images for each row
  when (old.state = 'ready' and old.ingested_at is null and old.ingest_failed_at is null)
  execute function images_keep_pending_ingest();

create function images_keep_pending_purge() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' then
    if new.state = 'ready' and new.purge_pending is not null then
      insert into pending_purges (image_id, user_id) values (new.id, new.user_id) on conflict do nothing;
      return null;
    end if;
  end if;
  delete from pending_purges where image_id = old.id;
  return null;
end $$;
create trigger images_keep_pending_purge_updated after update of state, purge_pending on images for each row
  when ((old.state = 'ready' and old.purge_pending is not null)
    is distinct from (new.state = 'ready' and new.purge_pending is not null))
  execute function images_keep_pending_purge();
create trigger images_keep_pending_purge_deleted after delete on images for each row
  when (old.state = 'ready' and old.purge_pending is not null) execute function images_keep_pending_purge();

-- Pages that are filled from now on keep space for the new versions of their rows. Large tables are vacuumed after a change
-- of 2 % of the rows instead of 20 %, so that indexes alone answer queries such as the check of user_holdings.
alter table images set (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
alter table derivatives set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.05);
