import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import t from '../../test/support/tap.ts'
import { readSamplingRatio, samplerOf } from './sampling.ts'
import { OtelTracer } from './tracer.ts'

t.test('the variables of the sampler give the share of traced requests', async t => {
  const ratioOf = (OTEL_TRACES_SAMPLER: string, OTEL_TRACES_SAMPLER_ARG?: string) =>
    readSamplingRatio({ OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG })
  t.equal(readSamplingRatio({}), 1)
  t.equal(ratioOf('always_on'), 1)
  t.equal(ratioOf('parentbased_always_off', '0.5'), 0)
  t.equal(ratioOf('parentbased_traceidratio', '0.25'), 0.25)
  t.equal(ratioOf('traceidratio', '0'), 0)
  for (const wrong of ['', '2', '-1', 'all']) t.equal(ratioOf('traceidratio', wrong), 1, wrong)
})

t.test('a client cannot make the service record its requests', async t => {
  const sampled = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  for (const [ratio, recorded] of [
    [0, 0],
    [1, 2],
  ] as const) {
    const exporter = new InMemorySpanExporter()
    const sampler = new ParentBasedSampler({ root: samplerOf(ratio) })
    const provider = new TracerProvider({ sampler, spanProcessors: [new SimpleSpanProcessor({ exporter })] })
    const tracer = new OtelTracer(provider.getTracer('test'), ratio)
    for (const traceparent of [sampled, 'nonsense']) {
      const request = { method: 'GET', url: '/', httpVersion: '1.1', headers: { traceparent } }
      const response = new EventEmitter()
      tracer.serve(request as unknown as IncomingMessage, response as ServerResponse, () => {})
      response.emit('close')
    }
    t.equal(exporter.getFinishedSpans().length, recorded, `ratio ${ratio}`)
    await provider.shutdown()
  }
})
