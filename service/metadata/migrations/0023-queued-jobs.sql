-- Jobs that nothing else records are recorded before they are enqueued, so that they survive the loss of the queue.
alter table failed_jobs drop constraint failed_jobs_state_check;
alter table failed_jobs add constraint failed_jobs_state_check
  check (state in ('failed', 'parked', 'waiting', 'queued'));
drop index failed_jobs_waiting;
create index failed_jobs_unfinished on failed_jobs (failed_at) where state in ('waiting', 'queued');
