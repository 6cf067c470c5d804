-- The versions of all images that a derivative was rendered from, as in its object key; null when none was replaced.
-- Not in 0027: running processes lock a derivative before its image, so a transaction that locks images first and
-- derivatives second may deadlock with them.
alter table derivatives add column version text;
