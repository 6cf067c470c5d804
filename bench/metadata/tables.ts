import { random } from './columns.ts'
import type { FillSize } from './sizes.ts'

/** The time of entry `n` of `count`, spread over the days before today. */
const spread = (days: number, count: number) =>
  `(select today from pg_temp.fill) - interval '1 day' * (${days}::float8 * (n + 1) / ${count})`
/** A user: one entry in ten is the large user's. */
const someone = (salt: number) => `case when n % 10 = 0 then 0 else
  1 + (${random('n', salt)} * ((select count(*) from pg_temp.people) - 1))::integer
    % ((select count(*) from pg_temp.people) - 1)::integer end`

/** Statements that fill the small tables and those of usage, deliveries, jobs and the audit log. */
export function tableStatements(size: FillSize): string[] {
  return [...accountStatements(size), ...usageStatements(size), ...logStatements(size)]
}

const accountStatements = ({ users }: FillSize) => [
  `insert into presets (user_id, name, operations, eager) select id, 'thumb', 'resize_w-160', false from pg_temp.people`,
  `insert into sessions (id, user_id, series_hash, token_hash, rotated_at, expires_at)
   select substr(md5('session ' || n), 1, 20), id, sha256(convert_to('series ' || n, 'UTF8')), 'x',
     ${spread(40, users * 10)}, ${spread(40, users * 10)} + interval '30 days'
   from generate_series(1, ${users * 10}) as n join pg_temp.people on k = ${someone(51)}`,
  `insert into api_keys (id, user_id, name, secret_hash, scopes, expires_at, created_at)
   select substr(md5('api key ' || n), 1, 20), id, 'key ' || n, sha256(convert_to('key ' || n, 'UTF8')), '{images:read}',
     case when n % 5 = 0 then ${spread(60, users * 3)} end, ${spread(400, users * 3)}
   from generate_series(1, ${users * 3}) as n join pg_temp.people on k = ${someone(52)}`,
  `insert into login_attempts (account, address, failures, failed_at)
   select sha256(convert_to('account ' || n, 'UTF8')), '192.0.2.' || n % 250, 1 + n % 3, ${spread(3, users * 40)}
   from generate_series(1, ${users * 40}) as n`,
  `insert into takedowns (sha256, reason, taken_by, created_at)
   select encode(sha256(convert_to('taken down ' || n, 'UTF8')), 'hex'), 'reported', 'nobody', ${spread(300, users)}
   from generate_series(1, ${users}) as n`,
]

const usageStatements = ({ usageDays, usageUsers, usageNames }: FillSize) => [
  `insert into usage_days (user_id, day, requests, memory, store, miss, shared, bytes, developments, cpu_ms, errors)
   select id, (select today from pg_temp.fill)::date - ago, 1000 + k, 700, 200, 90, 10, 50000000, 90, 4000, k % 7
   from pg_temp.people, generate_series(1, ${usageDays}) as ago`,
  `insert into usage_tops (user_id, day, kind, name, requests, bytes)
   select id, (select today from pg_temp.fill)::date - ago, kind,
     case kind when 'code' then 'not-found-' || name else substr(md5(kind || name), 1, 20) end,
     1 + (${random('k * 1000000 + ago * 1000 + name', 61)} * 5000)::integer, 100000
   from pg_temp.people, generate_series(1, 20) as ago, unnest(array['image', 'transform', 'derivative']) as kind,
     -- the sweep has not trimmed the last week yet
     generate_series(1, case when ago <= 7 then ${usageNames} else 100 end) as name
   where k < ${usageUsers}`,
  `insert into usage_writers (writer, batch, at) select 'writer ' || n, 5, ${spread(20, 200)} from generate_series(1, 200) as n`,
  `insert into developments_of_day (user_id, day, count)
   select id, (select today from pg_temp.fill)::date - ago, 100 from pg_temp.people, generate_series(1, 5) as ago`,
]

const logStatements = ({ deliveries, failedJobs, auditEntries }: FillSize) => [
  `insert into webhooks (id, user_id, url, events, sealed_secret, created_at)
   select substr(md5('webhook ' || k), 1, 16), id, 'https://example.com/hook', '{image.ready}', 'x', now() - interval '300 days'
   from pg_temp.people where k < 50`,
  `insert into webhook_deliveries (id, webhook_id, user_id, occasion, event, body, status, attempts, response_code, created_at, at)
   select substr(md5('delivery ' || n), 1, 20), webhooks.id, user_id, 'occasion ' || n, 'image.ready',
     '{"event":"image.ready","data":{"imageId":"' || md5('delivered ' || n) || '"}}',
     case when n % 50 = 0 then 'failed' else 'delivered' end, 1, 200, ${spread(33, deliveries)}, ${spread(33, deliveries)}
   from generate_series(1, ${deliveries}) as n join pg_temp.people on k = (n % 50) join webhooks on user_id = people.id`,
  `insert into failed_jobs (id, name, key, version, payload, state, user_id, image_id, attempts, code, detail, failed_at, answers_until)
   select substr(md5('job ' || n), 1, 20), 'develop', 'job ' || n, 1, '{"file":"x"}', 'failed', id, substr(md5('image ' || n), 1, 20),
     5, 'undecodable', 'the image is damaged', ${spread(33, failedJobs)}, ${spread(33, failedJobs)}
   from generate_series(1, ${failedJobs}) as n join pg_temp.people on k = ${someone(71)}`,
  `insert into audit (id, at, user_id, action, subject, address)
   select substr(md5('audit ' || n), 1, 20), ${spread(380, auditEntries)}, id,
     case n % 5 when 0 then 'login.failed' when 1 then 'user.update' else 'image.delete' end,
     substr(md5('image ' || n), 1, 20), '192.0.2.1'
   from generate_series(1, ${auditEntries}) as n join pg_temp.people on k = ${someone(72)}`,
]
