import { openCallReceiver } from '../support/call-receiver.ts'
import { buildCluster } from '../support/cluster.ts'
import { metricsOf, type ReceivedSpan, spansOf } from '../support/otlp.ts'
import { photo } from '../support/pictures.ts'
import { sharedNats } from '../support/services/nats.ts'
import { createBucket, sharedS3 } from '../support/services/s3.ts'
import { bytesOf } from '../support/session.ts'
import t, { skipFile } from '../support/tap.ts'

const nats = await sharedNats()
t.teardown(() => nats?.stop())
const s3 = await sharedS3()
t.teardown(() => s3?.stop())
if (nats === undefined || s3 === undefined) skipFile('there is no NATS server or no S3 server')

const picture = await photo(300, 200).jpeg().toBuffer()
const traceId = '0af7651916cd43dd8448eb211c80319c'
const remoteId = 'b7ad6b7169203331'

t.test(
  'one trace leads from a request through the queue and a worker to the database and the store',
  async t => {
    const collector = await openCallReceiver(t)
    // a collector that fails must not disturb requests: everything up to the answer of 200 below goes on without it
    collector.answer(500)
    const cluster = await buildCluster(t, nats.url, {
      DARKROOM_STORAGE_URL: `s3://${await createBucket(s3)}?endpoint=${encodeURIComponent(s3.endpoint)}`,
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      DARKROOM_HEAVY_COST_MS: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_SERVICE_NAME: 'images',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_METRIC_EXPORT_INTERVAL: '60000',
      LOG_LEVEL: 'info',
    })
    const http = await cluster.http()
    const worker = await cluster.worker()
    const session = await cluster.session(http)
    const image = await session.upload(picture)
    const url = await session.sign({
      imageId: image.id,
      operations: [{ op: 'resize', w: 90 }],
      format: 'webp',
    })
    collector.answer(200)
    // the sampled flag of a client is not what decides
    const response = await fetch(url, { headers: { traceparent: `00-${traceId}-${remoteId}-00` } })
    t.equal(response.headers.get('darkroom-cache'), 'miss')
    await bytesOf(response)
    await bytesOf(await fetch(url))
    await worker.end('SIGTERM')
    const ended = await http.end('SIGTERM')

    const spans = spansOf(collector).filter(span => span.traceId === traceId)
    const find = (name: string | RegExp) =>
      spans.find(span => (typeof name === 'string' ? span.name === name : name.test(span.name)))
    const server = find('GET /processed/')
    t.match(server, {
      kind: 2,
      parentSpanId: remoteId,
      resource: { 'service.name': 'images', 'darkroom.role': 'http' },
    })
    t.match(server?.attributes, {
      'http.request.method': 'GET',
      'http.route': '/processed/',
      'http.response.status_code': 200,
      'url.path': new URL(url).pathname,
    })
    t.match(server?.attributes['url.query'], /s=\[redacted\]/, 'signatures are credentials')
    t.equal(parentOf(spans, find('resolve')), server)
    t.equal(parentOf(spans, find('send develop')), server)
    const job = find('process develop')
    t.match(job, { kind: 5, resource: { 'darkroom.role': 'worker' } })
    t.equal(parentOf(spans, job), find('send develop'))
    t.equal(parentOf(spans, find('wait in the queue')), job)
    t.equal(parentOf(spans, find('develop')), job)
    t.match(find('store read')?.attributes, { 'darkroom.store.key': String })
    t.ok(spans.some(span => span.name === 'store put' && span.resource['darkroom.role'] === 'worker'))
    const statement = find('SELECT postgresql')
    t.match(statement, {
      kind: 3,
      attributes: { 'db.system.name': 'postgresql', 'db.query.text': /^select /i },
    })

    const lines = ended.stdout.split('\n').filter(line => line.startsWith('{'))
    const logged = lines.map(line => JSON.parse(line)).filter(line => line.url?.startsWith('/processed/'))
    t.equal(logged[0]?.trace_id, traceId, 'the log line of the request names the trace')
    t.equal(
      lines.filter(line => line.includes('failed to send telemetry')).length,
      1,
      'a failure is logged once',
    )
    const metrics = metricsOf(collector)
    t.ok((metrics.get('darkroom_requests_total') ?? 0) > 1, 'metrics are sent, too, with the same names')
    t.ok((metrics.get('darkroom_hit_seconds') ?? 0) === 1)
    t.ok(metrics.has('nodejs_eventloop_lag_p99_seconds'))
  },
)

const parentOf = (spans: readonly ReceivedSpan[], span: ReceivedSpan | undefined) =>
  spans.find(({ spanId }) => spanId === span?.parentSpanId)
