/** What a metric says. `docs/metrics.md` is generated from these. */
export interface MetricFacts {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** How the values of several processes with one port become one. */
  readonly aggregator?: 'sum' | 'max' | 'min' | 'average'
  /** The upper bounds of a histogram's buckets, in seconds. */
  readonly buckets: readonly number[]
}

const counter = (help: string, ...labels: string[]) => ({
  ...{ type: 'counter' as const, help, labels, buckets: [] },
})
const gauge = (help: string, ...labels: string[]) => ({
  ...{ type: 'gauge' as const, help, labels, buckets: [] },
})
/** A gauge of which every process reports the same, or the worst: the highest counts. */
const highest = (help: string, ...labels: string[]) => ({
  ...gauge(help, ...labels),
  aggregator: 'max' as const,
})
const histogram = (help: string, buckets: readonly number[], ...labels: string[]) => ({
  ...{ type: 'histogram' as const, help, labels, buckets },
})

const hitBuckets = [
  0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1,
]
const coldBuckets = [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const heavyBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30]
const uploadBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900]
const apiBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const callBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const waitBuckets = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900]
const renderBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Every metric of the service, in the order of the documentation. No label contains anything that a client chooses. */
export const metricCatalogue = {
  darkroom_requests_total: counter(
    'Responses, by route, status and, for derivatives, the tier that they came from',
    ...['route', 'status', 'tier'],
  ),
  darkroom_deliveries_total: counter('Derivatives delivered, by the tier they came from', 'tier'),
  darkroom_errors_total: counter('Error responses, by problem code', 'code'),
  darkroom_hit_seconds: histogram(
    'Time to answer with a derivative from memory or the store, without sending it',
    hitBuckets,
  ),
  darkroom_cold_seconds: histogram(
    'Time to answer with a derivative that was rendered for the request or for one that came shortly before',
    coldBuckets,
  ),
  darkroom_heavy_seconds: histogram(
    'Time to answer with a derivative that a job rendered, or with the fallback image',
    heavyBuckets,
  ),
  darkroom_upload_seconds: histogram('Time to receive, check and store an upload or import', uploadBuckets),
  darkroom_api_seconds: histogram('Time to answer all other requests to the API', apiBuckets),
  darkroom_development_seconds: histogram(
    'Duration of renders in the engine, without queueing',
    renderBuckets,
    'format',
  ),
  darkroom_sources_total: counter(
    'Sources that renders read: the original, a rung of its ladder, or a copy that renders share',
    'source',
  ),
  darkroom_engine_running: gauge('Renders in progress'),
  darkroom_engine_waiting: gauge('Renders waiting for a slot'),
  darkroom_engine_oldest_seconds: highest('How long the oldest waiting render has waited for a slot'),
  darkroom_engine_wait_seconds: histogram(
    'Time that renders of requests and jobs waited for a slot',
    waitBuckets,
  ),
  darkroom_engine_memory_bytes: gauge('Estimated bytes that renders, analyses and ladders in progress take'),
  darkroom_engine_inspecting: gauge('Inspections of uploads'),
  darkroom_engine_background: gauge('Analyses and ladders in progress, on cores that requests leave idle'),
  darkroom_cost_scale: {
    ...gauge('Measured render time divided by the estimate, by output format', 'format'),
    aggregator: 'average',
  },
  darkroom_sharp_pipelines: gauge(
    "sharp's pipelines in this process, by state: queued for a thread of libuv, or processing",
    'state',
  ),
  darkroom_images_waiting: highest('Images that wait for their analysis or ladder', 'name'),
  darkroom_jobs_total: counter('Attempts at jobs and tasks, by outcome', 'name', 'outcome'),
  darkroom_jobs_waiting: highest(
    'Jobs that wait in the queue, or until an unavailable dependency is available again, by job name',
    'name',
  ),
  darkroom_jobs_oldest_seconds: highest(
    'How long the oldest job in the queue has waited, by job name',
    'name',
  ),
  darkroom_job_wait_seconds: histogram(
    'Time from enqueueing a job to its first attempt, by job name',
    waitBuckets,
    'name',
  ),
  darkroom_job_seconds: histogram('Duration of attempts at jobs, by job name', waitBuckets, 'name'),
  darkroom_finals_waiting: gauge('Stand-ins whose finals are wanted, but are not in the queue yet'),
  darkroom_tasks_unfinished: highest('Tasks that are not finished, by kind', 'name'),
  darkroom_chore_age_seconds: highest('Time since a task that repeats last reached its end, by kind', 'name'),
  darkroom_edge_purges_total: counter(
    'Purge calls to CDNs, by provider and outcome: done, or the problem code',
    ...['provider', 'outcome'],
  ),
  darkroom_memory_bytes: gauge('Bytes of derivatives in memory'),
  darkroom_memory_limit_bytes: gauge('Bytes of derivatives that memory may hold'),
  darkroom_memory_entries: gauge('Derivatives in memory'),
  darkroom_memory_evictions_total: counter('Derivatives that left memory to make room for others'),
  darkroom_source_memory_bytes: gauge('Bytes of originals and decoded copies in memory'),
  darkroom_derivatives_evicted: gauge('Derivatives that this process removed to keep budgets'),
  darkroom_derivative_bytes: highest(
    'Bytes of stored derivatives, as this process last summed them; 0 before. Only with a budget for derivatives',
  ),
  darkroom_holdings_corrected: gauge(
    'Users whose counts of stored images and bytes were wrong and have been corrected',
  ),
  darkroom_changes_current: {
    ...gauge('1 while notices of changed rows arrive, 0 while rows in use are read again twice a second'),
    aggregator: 'min',
  },
  darkroom_dependency_seconds: histogram(
    'Duration of calls to postgres, the object store and the queue, by operation',
    callBuckets,
    ...['dependency', 'operation'],
  ),
  darkroom_dependency_errors_total: counter(
    'Failed calls to postgres, the object store and the queue, by operation and problem code',
    ...['dependency', 'operation', 'code'],
  ),
  darkroom_database_connections: gauge(
    'Connections to the database by state (busy, idle), and queries that wait for one (waiting)',
    'state',
  ),
  darkroom_process_memory_bytes: gauge(
    "Memory of the process: all of it (rss), its parts as V8 counts them, and libvips' own",
    'kind',
  ),
  darkroom_disk_bytes: highest('Size of the file system with the data directory'),
  darkroom_disk_free_bytes: highest('Free bytes of the file system with the data directory'),
} as const satisfies Readonly<Record<string, MetricFacts>>

type Catalogue = typeof metricCatalogue
type NameOf<Type> = {
  [Name in keyof Catalogue]: Catalogue[Name]['type'] extends Type ? Name : never
}[keyof Catalogue]

export type CounterName = NameOf<'counter'>
export type HistogramName = NameOf<'histogram'>
/** The names of metrics that are read at each scrape. */
export type WatchedName = NameOf<'gauge' | 'counter'>
