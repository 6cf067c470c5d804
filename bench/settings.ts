/** The amount of work in each scenario. */
export interface Settings {
  /** Number of pairs of rounds under load: one round of Darkroom and one of the baseline. */
  readonly loadPairs: number
  /** Length of one such round, in seconds. */
  readonly loadSeconds: number
  /** Connections, without pipelining. */
  readonly connections: number
  /** Derivatives that the store scenario requests in turn. */
  readonly storedDerivatives: number
  /** Number of pairs of rounds that render uncached derivatives, and of renderings in one round, by output format. */
  readonly coldPairs: number
  readonly coldJobs: Readonly<Record<'jpg' | 'webp' | 'avif', number>>
  /** Number of pairs of rounds that render derivatives of large originals. */
  readonly largePairs: number
  /** Number of images of each size that are ingested. */
  readonly ingests: number
  /** Number of bursts of each side. */
  readonly burstRounds: number
  /** Number of pairs of rounds of mixed requests, and of requests in one round. */
  readonly mixPairs: number
  readonly mixRequests: number
  /** Number of images to draw, or to read from a folder. */
  readonly pictures: number
  /** Concurrent requests for one cold derivative, and the number of repetitions. */
  readonly crowd: number
  readonly crowdRounds: number
  /**
   * Number of jobs in one round, of rounds with one worker and again with two, and of pairs of single renders: one by a
   * worker, one by the http process.
   */
  readonly jobs: number
  readonly jobRounds: number
  readonly jobPairs: number
  /**
   * Number of pairs of rounds: one while another user sends hundreds of requests (the storm), one without. And number
   * of requests in each round by the user whose waits are measured (the quiet user).
   */
  readonly stormPairs: number
  readonly stormRequests: number
  /** Number of renderings of each operation's example. */
  readonly exampleRounds: number
  /** How long the search for leaks works, in minutes. */
  readonly leakMinutes: number
  /** Number of requests that are replayed and simulated. */
  readonly replayRequests: number
  /** The share of a large site with 2.0 M images that the scenario `metadata` fills. */
  readonly size: number
  /** Names of the operations of the scenario `metadata` that are measured. */
  readonly match: string
  /** Timeout of the whole run, in seconds. */
  readonly limitSeconds: number
}

export const full: Omit<Settings, 'match'> = {
  loadPairs: 6,
  loadSeconds: 4,
  connections: 32,
  storedDerivatives: 600,
  coldPairs: 6,
  coldJobs: { jpg: 60, webp: 60, avif: 40 },
  largePairs: 5,
  ingests: 16,
  burstRounds: 4,
  mixPairs: 5,
  mixRequests: 4000,
  pictures: 8,
  crowd: 200,
  crowdRounds: 5,
  jobs: 200,
  jobRounds: 3,
  jobPairs: 80,
  stormPairs: 4,
  stormRequests: 200,
  exampleRounds: 10,
  leakMinutes: 10,
  replayRequests: 6000,
  size: 0.05,
  limitSeconds: 3600,
}

export const quick: Omit<Settings, 'match'> = {
  ...full,
  loadPairs: 3,
  loadSeconds: 1,
  storedDerivatives: 120,
  coldPairs: 3,
  coldJobs: { jpg: 30, webp: 16, avif: 8 },
  largePairs: 2,
  ingests: 4,
  burstRounds: 1,
  mixPairs: 2,
  mixRequests: 1000,
  pictures: 2,
  crowdRounds: 1,
  jobs: 60,
  jobRounds: 1,
  jobPairs: 20,
  stormPairs: 2,
  stormRequests: 20,
  exampleRounds: 3,
  leakMinutes: 2,
  replayRequests: 3000,
  size: 0.01,
  limitSeconds: 600,
}

/** The targets of hits, compared with a bare server: CPU time per request, requests per second, and p99. */
export interface HitTargets {
  readonly cpu: number
  readonly throughput: number
  readonly p99: number
}

/** Targets of `--check`: those of hits; the minimum ratio to the baseline; the maximum number of
 * database statements of a hit in the long tail; the maximum overhead of a job in milliseconds; the
 * maximum slowdown of a quiet user in a storm; the maximum gzipped JavaScript of the first view in kB; the maximum difference
 * between the simulated share of a tier and that of the service; and the maximum growth per minute of memory in MB, of
 * the heap in MB, and of handles and descriptors, unless noise is larger.
 * The targets of `metadata` are the maximum times of a request or a chore in the database and on the main thread, in
 * milliseconds, whatever the size of the site. Work in the background on many images has a target for each image. */
export const targets = {
  memoryHits: { cpu: 1.1, throughput: 0.92, p99: 1.5 },
  storeHits: { cpu: 1.67, throughput: 0.6, p99: 1.67 },
  longTail: { ratio: 0.6, statements: 0.3 },
  cold: {
    jpg: { cpu: 1.1, throughput: 0.95, mainThreadMs: 1.5 },
    webp: { throughput: 1 },
    // the first answer is a stand-in
    avif: { lead: 1.4 },
  },
  ingest: { small: 100, medium: 150, large: 400 },
  burst: { unanswered: 0, wall: 1.3, megabytes: 320 },
  large: { jpeg: { cpu: 0.05, throughput: 20 }, png: { cpu: 0.05, throughput: 20 } },
  jobOverheadMs: 10,
  stormRatio: 2,
  dashboardKilobytes: 60,
  // between the simulation of capacity and the service, for each tier
  capacity: { percentagePoints: 2 },
  leaks: { rss: 2, heap: 0.2, count: 0.5 },
  metadata: {
    read: { databaseMs: 20, mainThreadMs: 25 },
    holdings: { databaseMs: 10, mainThreadMs: 25 },
    write: { databaseMs: 50, mainThreadMs: 50 },
    upload: { databaseMs: 50, mainThreadMs: 100 },
    remove: { databaseMs: 50, mainThreadMs: 50 },
    // the tags of up to 1,000 images, for a word for which 7,000 are read
    tags: { databaseMs: 50, mainThreadMs: 25 },
    // up to 1,000 images
    archive: { databaseMs: 300, mainThreadMs: 100 },
    // 20 images
    bulk: { databaseMs: 500, mainThreadMs: 500 },
    chore: { databaseMs: 120_000, mainThreadMs: 120_000 },
    // for each image: 1,000 images a second
    purge: { databaseMs: 1, mainThreadMs: 1 },
    // for each image, with five derivatives: ten minutes for 500,000
    deletion: { databaseMs: 1.2, mainThreadMs: 1.2 },
  },
} as const
