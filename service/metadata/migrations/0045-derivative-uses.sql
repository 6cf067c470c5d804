-- The last day, in UTC, on which a derivative that existed before was served; recorded only while derivatives have a budget.
-- Without an index, and with free space on pages that are filled from now on, so that recording a use writes no index entries.
alter table derivatives add column used_on date;
alter table derivatives set (fillfactor = 90);
