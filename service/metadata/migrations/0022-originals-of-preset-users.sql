-- Whether the URLs of a user with presets only may fetch originals, which no preset limits.
alter table users add column originals boolean not null default false;
