import { type HrTime, ValueType } from '@opentelemetry/api'
import { emptyResource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics'
import type { MetricSnapshot } from '../metrics.ts'

type Value = MetricSnapshot['values'][number]

/**
 * Gives the metrics that Prometheus scrapes to OpenTelemetry. So both have the same names and figures, every value is
 * counted once, and a hit costs no more with a collector than without.
 */
export class MetricBridge implements MetricProducer {
  readonly #read: () => Promise<readonly MetricSnapshot[]>
  readonly #startedAt = toTime(Date.now())

  constructor(read: () => Promise<readonly MetricSnapshot[]>) {
    this.#read = read
  }

  async collect(): Promise<CollectionResult> {
    const endTime = toTime(Date.now())
    const metrics = (await this.#read()).map(each => toMetricData(each, this.#startedAt, endTime))
    const scopeMetrics = [
      { scope: { name: 'darkroom' }, metrics: metrics.filter(each => each !== undefined) },
    ]
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] }
  }
}

function toMetricData(
  { name, help, type, values }: MetricSnapshot,
  startTime: HrTime,
  endTime: HrTime,
): MetricData | undefined {
  const unit = /_seconds(_total)?$/.test(name) ? 's' : /_bytes(_total)?$/.test(name) ? 'By' : ''
  const descriptor = { name, description: help, unit, valueType: ValueType.DOUBLE }
  const common = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE }
  const point = ({ labels: attributes, value }: Value) => ({ startTime, endTime, attributes, value })
  if (type === 'counter')
    return {
      ...common,
      ...{ dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: values.map(point) },
    }
  if (type === 'gauge')
    return { ...common, ...{ dataPointType: DataPointType.GAUGE, dataPoints: values.map(point) } }
  // summaries, of which there are none
  if (type !== 'histogram') return undefined
  const dataPoints = [...groupByLabels(values).values()].map(({ labels, rows }) => ({
    ...{ startTime, endTime, attributes: labels, value: toHistogram(rows) },
  }))
  return { ...common, ...{ dataPointType: DataPointType.HISTOGRAM, dataPoints } }
}

/** The rows of a histogram by their labels without the bound. */
function groupByLabels(values: readonly Value[]) {
  const groups = new Map<string, { readonly labels: Value['labels']; readonly rows: Value[] }>()
  for (const value of values) {
    const { le: _, ...labels } = value.labels
    const key = JSON.stringify(labels)
    const group = groups.get(key) ?? { labels, rows: [] }
    group.rows.push(value)
    groups.set(key, group)
  }
  return groups
}

/** Prometheus counts all values up to a bound; OpenTelemetry counts those between two bounds. */
function toHistogram(rows: readonly Value[]) {
  const buckets = rows.filter(({ labels }) => labels.le !== undefined)
  const counts = buckets.map(({ value }, index) => value - (buckets[index - 1]?.value ?? 0))
  const boundaries = buckets.map(({ labels }) => Number(labels.le)).filter(Number.isFinite)
  const lookUp = (suffix: string) =>
    rows.find(({ metricName = '' }) => metricName.endsWith(suffix))?.value ?? 0
  return { buckets: { boundaries, counts }, sum: lookUp('_sum'), count: lookUp('_count') }
}

const toTime = (ms: number): HrTime => [Math.floor(ms / 1000), (ms % 1000) * 1_000_000]
