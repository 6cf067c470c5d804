import { AggregatorRegistry } from 'prom-client'
import type { MetricSnapshot } from './metrics.ts'

/**
 * The metrics of several processes as one. Counts of processes that have ended stay in the sums: a sum that went down
 * would look to Prometheus like a restart.
 */
export class SummedMetrics {
  #departed: readonly MetricSnapshot[] = []

  /** Adds the last counts of a process that has ended. */
  addDeparted(last: readonly MetricSnapshot[]): void {
    const counts = last.filter(({ type }) => type === 'counter' || type === 'histogram')
    this.#departed = [...sum([this.#departed, counts])]
  }

  /** In Prometheus' text format. */
  async text(present: readonly (readonly MetricSnapshot[])[]): Promise<string> {
    return AggregatorRegistry.aggregate([...present, this.#departed].map(each => [...each])).metrics()
  }
}

/** The sums keep the order of the first that has a metric. */
function sum(snapshots: readonly (readonly MetricSnapshot[])[]): MetricSnapshot[] {
  const registry = AggregatorRegistry.aggregate(snapshots.map(each => [...each]))
  // the sums are plain objects, which are at hand without a promise
  return registry.getMetricsAsArray() as unknown as MetricSnapshot[]
}
