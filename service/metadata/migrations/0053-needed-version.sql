-- The number of the last migration that a version of the service must have to work with the schema after this one, so
-- that an older version can start during an update, and after a roll-back.
alter table migrations add column needs integer not null default 0;
