-- Jobs that wait until a dependency answers: each such delivery is counted, because it does not use up an attempt.
alter table failed_jobs drop constraint failed_jobs_state_check;
alter table failed_jobs add constraint failed_jobs_state_check check (state in ('failed', 'parked', 'waiting'));
alter table failed_jobs add column waits integer not null default 0;
create index failed_jobs_waiting on failed_jobs (failed_at) where state = 'waiting';

-- When the ingestion of an image was given up. Its job is not enqueued again by itself, but it can be retried.
alter table images add column ingest_failed_at timestamptz(3);
create index images_to_ingest on images (created_at)
  where state = 'ready' and ingested_at is null and ingest_failed_at is null;
