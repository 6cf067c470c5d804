-- Limits are checked where the counts change: the row of a user's counts is locked from its change to the end of the
-- transaction, so no two changes can both be the last that is allowed.
create function require_within_limits(of_user text, more_images bigint, more_bytes bigint)
  returns void language plpgsql as $$
declare
  allowed jsonb;
  held user_holdings;
  pending_images bigint;
  pending_bytes bigint;
begin
  select limits into allowed from users where id = of_user and limits ?| array['images', 'storageBytes'];
  if not found then return; end if;
  insert into user_holdings (user_id) values (of_user) on conflict do nothing;
  select * into held from user_holdings where user_id = of_user for no key update;
  -- Read after the lock. A user has at most 100 that have not expired. One that has become an image is counted as that.
  select count(*), coalesce(sum(bytes), 0) into pending_images, pending_bytes from direct_uploads
    where user_id = of_user and done_at is null and expires_at > now()
      and not exists (select from images where images.id = direct_uploads.image_id and state = 'ready');
  if more_images > 0 and held.images + pending_images > (allowed ->> 'images')::numeric then
    raise exception 'images: at most %', allowed ->> 'images'
      using errcode = 'check_violation', constraint = 'images_within_limits';
  end if;
  pending_bytes := pending_bytes + held.image_bytes + held.deleted_bytes;
  if more_bytes > 0 and pending_bytes > (allowed ->> 'storageBytes')::numeric then
    raise exception 'storageBytes: at most %, % are in use', allowed ->> 'storageBytes', pending_bytes - more_bytes
      using errcode = 'check_violation', constraint = 'images_within_limits';
  end if;
end $$;

create function user_holdings_keep_limits() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform require_within_limits(new.user_id, new.images, new.image_bytes);
  else
    perform require_within_limits(new.user_id, new.images - old.images, new.image_bytes - old.image_bytes);
  end if;
  return null;
end $$;
-- The repair sets checked_at and is never refused. A smaller original is always allowed, else a full user could not save space.
create trigger user_holdings_within_limits_new after insert on user_holdings for each row
  when (new.checked_at is null and new.images > 0) execute function user_holdings_keep_limits();
create trigger user_holdings_within_limits after update on user_holdings for each row
  when (new.checked_at is not distinct from old.checked_at
    and (new.images > old.images or new.image_bytes > old.image_bytes))
  execute function user_holdings_keep_limits();

create function direct_uploads_keep_limits() returns trigger language plpgsql as $$
begin
  perform require_within_limits(new.user_id, 1, new.bytes);
  return null;
end $$;
create trigger direct_uploads_within_limits after insert on direct_uploads for each row
  execute function direct_uploads_keep_limits();

drop trigger images_within_limits on images;
drop function images_keep_limits();
