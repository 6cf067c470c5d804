import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * The spans of the service. Nothing of OpenTelemetry is loaded without a collector: `otel/` is imported only then, and
 * these functions do nothing but call the work.
 */

export type Attributes = Readonly<Record<string, string | number | boolean>>

/** A step of a trace. */
export interface SpanSpec {
  readonly name: string
  readonly kind?: 'client' | 'producer' | 'consumer'
  /** By the names of OpenTelemetry's semantic conventions where there are some. */
  readonly attributes?: Attributes
  /** When the step began, in Unix milliseconds, if not now. */
  readonly startedAt?: number
}

/** Work that begins a trace, or goes on with that of another process. Other steps are recorded only within a trace. */
export interface EntrySpec extends SpanSpec {
  /** The trace that enqueued the work, as `currentTraceparent` gave it. */
  readonly traceparent?: string | undefined
}

/** A step that runs. */
export interface Span {
  /** Adds what is known only now. */
  set(attributes: Attributes): void
}

/** What records spans, see `otel/tracer.ts`. */
export interface Tracer {
  step<T>(spec: SpanSpec, work: (span: Span) => Promise<T>): Promise<T>
  enter<T>(spec: EntrySpec, work: (span: Span) => Promise<T>): Promise<T>
  serve(request: IncomingMessage, response: ServerResponse, handle: () => void): void
  nameRoute(request: IncomingMessage, route: string): void
  traceparent(): string | undefined
  logFields(): object
}

const unrecorded: Span = { set: () => {} }

/** The spans of all services of a process go to one collector, as OpenTelemetry intends. */
let tracer: Tracer | undefined

/** Records spans from now on; without a tracer, no more. */
export function useTracer(next: Tracer | undefined): void {
  tracer = next
}

/** Runs a step of the current trace. `spec` is called only if spans are recorded. */
export function traced<T>(spec: () => SpanSpec, work: (span: Span) => Promise<T>): Promise<T> {
  return tracer === undefined ? work(unrecorded) : tracer.step(spec(), work)
}

/** Runs work that begins a trace or goes on with one, such as a job. */
export function tracedEntry<T>(spec: () => EntrySpec, work: (span: Span) => Promise<T>): Promise<T> {
  return tracer === undefined ? work(unrecorded) : tracer.enter(spec(), work)
}

/** Runs the handler of a request within its span, which ends with the response. */
export function traceRequest(request: IncomingMessage, response: ServerResponse, handle: () => void): void {
  if (tracer === undefined) handle()
  else tracer.serve(request, response, handle)
}

/** Names the route of a request in its span. */
export function nameRoute(request: IncomingMessage, route: string): void {
  tracer?.nameRoute(request, route)
}

/** The current step as a header of W3C Trace Context, for another process; undefined outside of a trace. */
export function currentTraceparent(): string | undefined {
  return tracer?.traceparent()
}

/** The current step as a header of an outgoing request. */
export function traceHeaders(): { readonly traceparent?: string } {
  const traceparent = currentTraceparent()
  return traceparent === undefined ? {} : { traceparent }
}

/** The fields that name the current trace in a log line. */
export function traceLogFields(): object {
  return tracer?.logFields() ?? {}
}
