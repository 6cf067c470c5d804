import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace'

type Environment = Readonly<Record<string, string | undefined>>

/** The share of requests that are traced, from `OTEL_TRACES_SAMPLER` and its argument; 1 if they say nothing. */
export function readSamplingRatio({
  OTEL_TRACES_SAMPLER: name = '',
  OTEL_TRACES_SAMPLER_ARG: argument = '',
}: Environment): number {
  if (name.endsWith('always_off')) return 0
  if (!name.endsWith('traceidratio')) return 1
  const ratio = Number(argument)
  return argument !== '' && ratio >= 0 && ratio <= 1 ? ratio : 1
}

/** The sampler of traces that begin here. */
export function samplerOf(ratio: number): Sampler {
  if (ratio === 1) return new AlwaysOnSampler()
  return ratio === 0 ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(ratio)
}
