/** The requests of one round of load. */
export interface Demand {
  readonly origin: string
  readonly connections: number
  readonly seconds: number
  /** Requested in turn, over all connections. */
  readonly paths: readonly string[]
  /** Requests per second of all connections; absent: as many as the server answers. */
  readonly perSecond?: number
}

/** What the clients of one round saw. */
export interface Supply {
  readonly requests: number
  /** The measured length of the round. */
  readonly seconds: number
  /** Latency in milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** Runs one round of load. @throws Error if a request failed, because a failure's latency has no meaning */
export type LoadGenerator = (demand: Demand) => Promise<Supply>
