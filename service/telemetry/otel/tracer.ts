import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type Span as ApiSpan,
  type Tracer as ApiTracer,
  type Context,
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'
import { DarkroomError } from '../../errors/catalogue.ts'
import { withoutSignature } from '../logger.ts'
import type { EntrySpec, Span, SpanSpec, Tracer } from '../tracing.ts'

const kinds = {
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const
/** The methods that the semantic conventions name; all others are `_OTHER`. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE']
/** The longest text of a client in an attribute. */
const maxLength = 512
const unrecorded: Span = { set: () => {} }

/** Records spans with OpenTelemetry. */
export class OtelTracer implements Tracer {
  readonly #tracer: ApiTracer
  readonly #ratio: number
  readonly #requests = new WeakMap<IncomingMessage, ApiSpan>()

  /** @param ratio the share of requests that are traced */
  constructor(tracer: ApiTracer, ratio: number) {
    this.#tracer = tracer
    this.#ratio = ratio
  }

  /** Steps outside of a trace, such as the statements of chores, would each be a trace of its own: they are left out. */
  step<T>(spec: SpanSpec, work: (span: Span) => Promise<T>): Promise<T> {
    // not `isRecording`: a derivative is stored after its response, when the span of the request has ended
    const { traceFlags = TraceFlags.NONE } = trace.getActiveSpan()?.spanContext() ?? {}
    return traceFlags & TraceFlags.SAMPLED ? this.#run(spec, context.active(), work) : work(unrecorded)
  }

  enter<T>(spec: EntrySpec, work: (span: Span) => Promise<T>): Promise<T> {
    const remote = spec.traceparent === undefined ? null : parseTraceParent(spec.traceparent)
    const parent = remote
      ? trace.setSpanContext(ROOT_CONTEXT, { ...remote, isRemote: true })
      : trace.deleteSpan(context.active())
    return this.#run(spec, parent, work)
  }

  async #run<T>(spec: SpanSpec, parent: Context, work: (span: Span) => Promise<T>): Promise<T> {
    const { name, kind, attributes, startedAt } = spec
    const options = {
      kind: kind === undefined ? SpanKind.INTERNAL : kinds[kind],
      ...(attributes && { attributes }),
      ...(startedAt !== undefined && { startTime: startedAt }),
    }
    const span = this.#tracer.startSpan(name, options, parent)
    try {
      return await context.with(trace.setSpan(parent, span), () =>
        work({ set: attributes => span.setAttributes(attributes) }),
      )
    } catch (error) {
      setFailure(span, error)
      throw error
    } finally {
      span.end()
    }
  }

  /**
   * A client may name its trace, but not whether it is recorded: otherwise it could make the service record everything.
   * So only the ids of its header count.
   */
  serve(request: IncomingMessage, response: ServerResponse, handle: () => void): void {
    const { traceparent } = request.headers
    const remote = typeof traceparent === 'string' ? parseTraceParent(traceparent) : null
    const traceFlags = Math.random() < this.#ratio ? TraceFlags.SAMPLED : TraceFlags.NONE
    const parent = remote
      ? trace.setSpanContext(ROOT_CONTEXT, { ...remote, traceFlags, isRemote: true })
      : ROOT_CONTEXT
    const method = methodOf(request)
    const options = { kind: SpanKind.SERVER, attributes: attributesOf(request) }
    const span = this.#tracer.startSpan(method, options, parent)
    this.#requests.set(request, span)
    response.once('close', () => {
      const { statusCode, writableFinished } = response
      span.setAttribute('http.response.status_code', statusCode)
      if (!writableFinished) span.setAttribute('error.type', 'client_disconnected')
      else if (statusCode >= 500) {
        span.setAttribute('error.type', String(statusCode))
        span.setStatus({ code: SpanStatusCode.ERROR })
      }
      span.end()
    })
    context.with(trace.setSpan(parent, span), handle)
  }

  nameRoute(request: IncomingMessage, route: string): void {
    this.#requests
      .get(request)
      ?.setAttribute('http.route', route)
      .updateName(`${methodOf(request)} ${route}`)
  }

  traceparent(): string | undefined {
    const span = trace.getActiveSpan()?.spanContext()
    if (span === undefined) return undefined
    const { traceId, spanId, traceFlags } = span
    return `00-${traceId}-${spanId}-${traceFlags & TraceFlags.SAMPLED ? '01' : '00'}`
  }

  logFields(): object {
    const span = trace.getActiveSpan()?.spanContext()
    return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId }
  }
}

const methodOf = ({ method = '' }: IncomingMessage) => (methods.includes(method) ? method : '_OTHER')

function attributesOf(request: IncomingMessage) {
  const { url = '/', headers, httpVersion } = request
  const [path = '', query] = withoutSignature(url).slice(0, maxLength).split('?', 2)
  const agent = headers['user-agent']?.slice(0, maxLength)
  return {
    'http.request.method': methodOf(request),
    'network.protocol.version': httpVersion,
    'server.address': (headers.host ?? '').slice(0, maxLength),
    'url.path': path,
    'url.scheme': 'http',
    ...(query !== undefined && { 'url.query': query }),
    ...(agent !== undefined && { 'user_agent.original': agent }),
  }
}

/** The code of the catalogue. The message may be of a client or a database, so it is left to the log. */
function setFailure(span: ApiSpan, error: unknown): void {
  const type = error instanceof DarkroomError ? error.code : error instanceof Error ? error.name : '_OTHER'
  span.setAttribute('error.type', type)
  span.setStatus({ code: SpanStatusCode.ERROR })
}
