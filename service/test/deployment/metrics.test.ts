import { metricCatalogue } from '../../telemetry/catalogue.ts'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'

const picture = await photo(300, 200).jpeg().toBuffer()
/** The budget registers a metric that is there only with it. */
const bench = await build(t, { DARKROOM_STORE_MAX_GB: '1' })

t.test('the metrics count requests, waits, calls and memory, and are those of the documentation', async t => {
  const image = await bench.upload(picture)
  const url = await bench.sign({ imageId: image.id, operations: [{ op: 'resize', w: 100 }], format: 'jpg' })
  const response = await bench.get(url)
  await bytesOf(response)
  await bytesOf(await bench.get(url))
  const again = { headers: { 'if-none-match': response.headers.get('etag') ?? '' } }
  t.equal((await bench.get(url, again)).status, 304)
  t.equal((await bench.get('/api/v1/nothing')).status, 404)
  await bench.app.delivery.derivativeWriter.idle()

  const { metric } = bench
  const requests = 'darkroom_requests_total'
  const route = '/processed/'
  t.equal(await metric(requests, { route, status: '200', tier: 'miss' }), 1)
  t.equal(await metric(requests, { route, status: '200', tier: 'memory' }), 1)
  t.equal(await metric(requests, { route, status: '304', tier: 'memory' }), 1)
  t.equal(await metric(requests, { route: 'none', status: '404' }), 1)
  t.equal(await metric('darkroom_deliveries_total', { tier: 'memory' }), 2)
  t.equal(await metric('darkroom_hit_seconds_count'), 2)
  t.equal(await metric('darkroom_hit_seconds_bucket', { le: '+Inf' }), 2)
  t.equal(await metric('darkroom_cold_seconds_count'), 1)
  t.equal(await metric('darkroom_upload_seconds_count'), 1)
  t.ok((await metric('darkroom_api_seconds_count')) > 1, 'sign and log in')
  t.ok((await metric('darkroom_upload_seconds_sum')) > 0)
  t.equal(await metric('darkroom_memory_entries'), 1)
  t.ok((await metric('darkroom_job_wait_seconds_count', { name: 'ingest' })) > 0)
  for (const [dependency, operation] of [
    ['postgres', 'statement'],
    ['store', 'put'],
    ['queue', 'enqueue'],
  ] as const)
    t.ok((await metric('darkroom_dependency_seconds_count', { dependency, operation })) > 0, operation)
  t.equal(await metric('darkroom_dependency_errors_total'), 0)
  t.ok((await metric('darkroom_process_memory_bytes', { kind: 'rss' })) > 1e7)
  t.ok((await metric('darkroom_disk_free_bytes')) > 0)

  const text = await bench.app.metrics.text()
  const types = [...text.matchAll(/^# TYPE (darkroom_\S+) (\S+)$/gm)].map(([, name, type]) => [name, type])
  const documented = Object.entries(metricCatalogue).map(([name, { type }]) => [name, type])
  t.strictSame(Object.fromEntries(types), Object.fromEntries(documented))
  t.notMatch(text, image.id, 'no label names an image')
})
