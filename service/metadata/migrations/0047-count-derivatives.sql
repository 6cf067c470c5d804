-- Adds the derivatives from before 0046. As in 0032, the difference in one snapshot is the same later, and nothing waits while
-- this reads. The users are locked against deletion only.
with present as materialized (select id from users for key share)
insert into user_holdings as held (user_id, derivatives, derivative_bytes)
  select user_id, sum(derivatives), sum(derivative_bytes) from (
    select user_id, count(*) as derivatives, sum(bytes) as derivative_bytes from derivatives group by user_id
    union all
    select user_id, -derivatives, -derivative_bytes from user_holdings
  ) as sums join present on present.id = user_id group by user_id order by user_id
  on conflict (user_id) do update set derivatives = held.derivatives + excluded.derivatives,
    derivative_bytes = held.derivative_bytes + excluded.derivative_bytes;
