-- Processes cache users, signing keys, presets, policies and images, and are notified of changes on the channel
-- darkroom_changes, in the transaction of the change, so that no statement can forget it. A notice names a user: alone for a
-- change of the account, with a slash for all images, or with a slash and the ids of images. Postgres lets transactions
-- that notify commit one after the other, so nothing notifies that no process has cached for long: new rows, uploads,
-- ingestion, derivatives and the last use of keys.

create function notify_account() returns trigger language plpgsql as $$
begin
  perform pg_notify('darkroom_changes', case when tg_op = 'DELETE' then old.user_id else new.user_id end);
  return null;
end $$;

create function notify_user() returns trigger language plpgsql as $$
begin
  perform pg_notify('darkroom_changes', new.id);
  return null;
end $$;

create trigger users_notify after update on users for each row
  when ((old.presets_only, old.originals, old.limits, old.fallback, old.deleted_at)
    is distinct from (new.presets_only, new.originals, new.limits, new.fallback, new.deleted_at))
  execute function notify_user();

-- A new key belongs to the cached keys of its user. A secret never changes: it is only encrypted with another key.
create trigger signing_keys_notify_set after insert or delete on signing_keys
  for each row execute function notify_account();
create trigger signing_keys_notify_changed after update on signing_keys for each row
  when (old.state is distinct from new.state) execute function notify_account();

create trigger presets_notify_deleted after delete on presets for each row execute function notify_account();
create trigger presets_notify_changed after update on presets for each row
  when (old.operations is distinct from new.operations) execute function notify_account();

create trigger policies_notify_deleted after delete on policies for each row execute function notify_account();
create trigger policies_notify_changed after update on policies for each row
  when (old.rules is distinct from new.rules) execute function notify_account();

-- Images that processes may have cached for long: deleted ones, and ready ones whose ingestion is completed. The columns are
-- those that `ImageDirectory` reads.
--
-- The two tables are not joined: PL/pgSQL keeps the plan of the first statement of a connection, and if that changed a
-- single image, the plan is a nested loop, which takes seconds for some thousand images. A payload has at most 8,000 bytes
-- and an id at most 32. A statement that changes very many images or users sends one notice for all of them.
create function images_notify() returns trigger language plpgsql as $$
declare
  changed record;
  sent integer := 0;
begin
  for changed in
    select user_id, array_agg(id) as ids, bool_or(is_restored) as any_restored from (
      select user_id, id, false as is_restored from (
        select user_id, id, extension, original_version, sha256, facts, focal, insight, ladder, purges
          from old_images where state = 'ready' and ingested_at is not null
        except
        select user_id, id, extension, original_version, sha256, facts, focal, insight, ladder, purges
          from new_images where state = 'ready'
      ) as differing
      union all
      select user_id, id, true from (
        select user_id, id from old_images where state = 'deleted' and format is not null
        intersect
        select user_id, id from new_images where state = 'ready'
      ) as restored
    ) as rows group by user_id
  loop
    if sent >= 1000 then
      perform pg_notify('darkroom_changes', '*');
      exit;
    end if;
    if cardinality(changed.ids) > 2000 then
      perform pg_notify('darkroom_changes', changed.user_id || '/');
    else
      for start in 1 .. cardinality(changed.ids) by 200 loop
        perform pg_notify('darkroom_changes',
          changed.user_id || '/' || array_to_string(changed.ids[start:start + 199], ','));
      end loop;
    end if;
    sent := sent + 1;
    -- a restored image may be the fallback of its user again
    if changed.any_restored then perform pg_notify('darkroom_changes', changed.user_id); end if;
  end loop;
  return null;
end $$;
create trigger images_notify_changed after update on images
  referencing old table as old_images new table as new_images for each statement execute function images_notify();

create function images_notify_gone() returns trigger language plpgsql as $$
begin
  perform pg_notify('darkroom_changes', user_id || '/') from (
    select distinct user_id from old_images where state = 'ready') as owners limit 1000;
  if (select count(distinct user_id) from old_images where state = 'ready') > 1000 then
    perform pg_notify('darkroom_changes', '*');
  end if;
  return null;
end $$;
create trigger images_notify_deleted after delete on images
  referencing old table as old_images for each statement execute function images_notify_gone();
