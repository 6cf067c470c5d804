import type { CallReceiver } from './call-receiver.ts'

/** A span as OTLP's JSON encodes it (opentelemetry-proto, trace.proto). */
export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number
  readonly attributes: Readonly<Record<string, unknown>>
  /** The attributes of the process. */
  readonly resource: Readonly<Record<string, unknown>>
}

interface KeyValue {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

/** Every span that a receiver got. */
export function spansOf({ calls }: Pick<CallReceiver, 'calls'>): ReceivedSpan[] {
  const bodies = calls.filter(({ path }) => path === '/v1/traces').map(({ body }) => JSON.parse(body))
  return bodies.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ resource, scopeSpans }: { resource: never; scopeSpans: never[] }) =>
      scopeSpans.flatMap(({ spans }: { spans: never[] }) =>
        spans.map((span: { attributes: KeyValue[] }) => ({
          ...span,
          attributes: toRecord(span.attributes),
          resource: toRecord((resource as { attributes: KeyValue[] }).attributes),
        })),
      ),
    ),
  )
}

/** The names of the metrics that a receiver got, with the number of their data points in the last call. */
export function metricsOf({ calls }: Pick<CallReceiver, 'calls'>): Map<string, number> {
  const last = calls.findLast(({ path }) => path === '/v1/metrics')
  const metrics = last ? JSON.parse(last.body).resourceMetrics[0].scopeMetrics[0].metrics : []
  return new Map(
    metrics.map((metric: { name: string } & Record<string, { dataPoints?: unknown[] }>) => {
      const { sum, gauge, histogram } = metric
      return [metric.name, (sum ?? gauge ?? histogram)?.dataPoints?.length ?? 0]
    }),
  )
}

const toRecord = (attributes: readonly KeyValue[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
