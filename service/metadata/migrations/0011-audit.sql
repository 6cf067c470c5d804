-- Who did what. It outlives the users and keys that it names.
create table audit (
  id text collate "C" primary key check (id ~ '^[a-z0-9]{6,32}$'),
  at timestamptz(3) not null default now(),
  user_id text,
  key_id text,
  action text not null,
  subject text,
  address text not null
);

create index audit_by_age on audit (at desc, id desc);
create index audit_failed_logins on audit (at desc, id desc) where action = 'login.failed';
