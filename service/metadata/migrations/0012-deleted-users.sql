-- When a user was deleted: nothing of him answers from then on. His objects follow, then the row with all that hangs on it.
alter table users add column deleted_at timestamptz(3);

create index users_deleted on users (deleted_at) where deleted_at is not null;
