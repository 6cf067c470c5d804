-- Which smaller copies of the original are in the store; null when none are.
alter table images add column ladder jsonb;
-- Copies may be written until then, so that an image which is deleted meanwhile is purged again.
alter table images add column ladder_until timestamptz(3);
