-- How many derivatives users have, for their budgets. See 0031: triggers keep the counts in the transaction of each change.
alter table user_holdings add column derivatives bigint not null default 0, add column derivative_bytes bigint not null default 0;

create function user_holdings_add_derivatives(of_user text, more bigint, more_bytes bigint) returns void language plpgsql as $$
begin
  update user_holdings set derivatives = derivatives + more, derivative_bytes = derivative_bytes + more_bytes
    where user_id = of_user;
  if not found and exists (select from users where id = of_user) then
    insert into user_holdings as held (user_id, derivatives, derivative_bytes) values (of_user, more, more_bytes)
      on conflict (user_id) do update set derivatives = held.derivatives + excluded.derivatives,
        derivative_bytes = held.derivative_bytes + excluded.derivative_bytes;
  end if;
end $$;

-- The rows of several users are changed in one order, so that two statements cannot wait for each other.
create function derivatives_count_holdings() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform user_holdings_add_derivatives(user_id, more, more_bytes) from (
      select user_id, count(*) as more, sum(bytes)::bigint as more_bytes from new_derivatives
      group by user_id order by user_id) as sums;
  elsif tg_op = 'DELETE' then
    perform user_holdings_add_derivatives(user_id, -less, -less_bytes) from (
      select user_id, count(*) as less, sum(bytes)::bigint as less_bytes from old_derivatives
      group by user_id order by user_id) as sums;
  else
    perform user_holdings_add_derivatives(user_id, more, more_bytes) from (
      select user_id, sum(sign)::bigint as more, sum(sign * bytes)::bigint as more_bytes from (
        select user_id, bytes, -1 as sign from old_derivatives union all select user_id, bytes, 1 from new_derivatives) as states
      group by user_id having sum(sign) <> 0 or sum(sign * bytes) <> 0 order by user_id) as sums;
  end if;
  return null;
end $$;
create trigger derivatives_count_holdings_inserted after insert on derivatives
  referencing new table as new_derivatives for each statement execute function derivatives_count_holdings();
create trigger derivatives_count_holdings_updated after update on derivatives
  referencing old table as old_derivatives new table as new_derivatives for each statement
  execute function derivatives_count_holdings();
create trigger derivatives_count_holdings_deleted after delete on derivatives
  referencing old table as old_derivatives for each statement execute function derivatives_count_holdings();
