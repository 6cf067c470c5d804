import { setTimeout as sleep } from 'node:timers/promises'
import { context, DiagLogLevel, diag } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, ParentBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Logger } from '../logger.ts'
import type { MetricSnapshot } from '../metrics.ts'
import { useTracer } from '../tracing.ts'
import { MetricBridge } from './metric-bridge.ts'
import { readSamplingRatio, samplerOf } from './sampling.ts'
import { OtelTracer } from './tracer.ts'

/** How long closing waits for the last spans to be sent, in milliseconds. */
const flushMs = 2_000
/** How often a collector that does not answer is logged, in milliseconds. */
const complainMs = 60_000
/** How often metrics are sent, in milliseconds, unless `OTEL_METRIC_EXPORT_INTERVAL` says otherwise. */
const metricMs = 60_000

export interface ExportOptions {
  readonly role: string
  readonly metrics: () => Promise<readonly MetricSnapshot[]>
  readonly logger: Logger
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * Sends spans and metrics to the collector that the variables of OpenTelemetry name. The SDK keeps at most 2,048 spans and
 * drops the rest, so a collector that does not answer costs nothing but a log line a minute.
 * @returns a function that sends the rest and ends this
 */
export function openExport({ role, metrics, logger, environment }: ExportOptions): () => Promise<void> {
  diag.setLogger(complaints(logger), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const own = { 'service.name': 'darkroom', 'darkroom.role': role }
  const detected = detectResources({ detectors: [serviceInstanceIdDetector, envDetector] })
  const resource = resourceFromAttributes(own).merge(detected)
  const ratio = readSamplingRatio(environment)
  const spans = new TracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: samplerOf(ratio) }),
    spanProcessors: isOn(environment.OTEL_TRACES_EXPORTER)
      ? [
          new BatchSpanProcessor({
            exporter: new OTLPTraceExporter(),
            scheduledDelayMillis: delayOf(environment),
          }),
        ]
      : [],
  })
  const meters = isOn(environment.OTEL_METRICS_EXPORTER)
    ? new MeterProvider({ resource, readers: [openReader(metrics, environment)] })
    : undefined
  useTracer(new OtelTracer(spans.getTracer('darkroom'), ratio))
  return async () => {
    useTracer(undefined)
    const ended = Promise.allSettled([spans.shutdown(), meters?.shutdown()])
    const timer = new AbortController()
    await Promise.race([ended, sleep(flushMs, undefined, { signal: timer.signal }).catch(() => {})])
    timer.abort()
    context.disable()
    diag.disable()
  }
}

/** How long spans are collected before they are sent, in milliseconds. The SDK reads no variable for it any more. */
const delayOf = ({ OTEL_BSP_SCHEDULE_DELAY: ms }: ExportOptions['environment']) => Number(ms) || 5_000

const isOn = (exporter: string | undefined) => exporter !== 'none'

function openReader(
  metrics: ExportOptions['metrics'],
  { OTEL_METRIC_EXPORT_INTERVAL: interval }: ExportOptions['environment'],
): PeriodicExportingMetricReader {
  const everyMs = Number(interval) >= 100 ? Number(interval) : metricMs
  return new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter(),
    metricProducers: [new MetricBridge(metrics)],
    exportIntervalMillis: everyMs,
    exportTimeoutMillis: Math.min(everyMs, 30_000),
  })
}

/** Logs what the SDK complains about, but not for every batch that fails. */
function complaints(logger: Logger) {
  let lastAt = Number.NEGATIVE_INFINITY
  const complain = (message: string, ...more: unknown[]) => {
    if (performance.now() - lastAt < complainMs) return
    lastAt = performance.now()
    logger.warn({ reason: [message, ...more].join(' ').slice(0, 500) }, 'failed to send telemetry')
  }
  const ignore = () => {}
  return { error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore }
}
