-- When a URL was last verified by a key: one that is retiring can go when nothing needs it any more.
alter table signing_keys add column last_used_at timestamptz(3);
