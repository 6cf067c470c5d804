-- concurrently
-- The filters of the audit log that few entries match read all of it.
create index concurrently audit_by_subject on audit (subject, at desc, id desc) where subject is not null;
create index concurrently audit_by_action on audit (action text_pattern_ops, at desc, id desc);
