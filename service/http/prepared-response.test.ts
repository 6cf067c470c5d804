import { ChangeLog } from '../cache/change-log.ts'
import { defaultTagHeaders } from '../edge/surrogate-keys.ts'
import t from '../test/support/tap.ts'
import { UsageCounters } from '../usage/usage-counters.ts'
import { PreparedResponse } from './prepared-response.ts'

const derivative = {
  key: 'processed/ada/first.jpg',
  data: Buffer.from('bytes'),
  contentType: 'image/jpeg',
  etag: '"a"',
  variant: 'final' as const,
}

const response = {
  ...{ kind: 'derivative' as const, userId: 'ada', imageId: 'first', file: 'first.jpg', etag: '"a"' },
  ...{ format: 'jpg' as const, contentType: 'image/jpeg', variant: 'final' as const, changeable: false },
  ...{ cacheStatus: 'memory' as const, notModified: false, expires: undefined, download: undefined },
  ...{
    vary: [],
    notes: [],
    timings: {},
    content: undefined,
    imageIds: ['first'],
    isWatched: true,
    derivative,
  },
}

const grant = {
  ...{ path: '', userId: 'ada', expires: undefined, download: undefined, fallback: null },
  ...{ policy: undefined, presetsOnly: false, originals: true, limits: null },
}

t.test('without notices of changes, one request renews a response while others still get it', async t => {
  let now = 10_000
  const clock = performance.now
  performance.now = () => now
  t.teardown(() => {
    performance.now = clock
  })
  const changes = new ChangeLog()
  const crossOrigin = { headers: {}, preflight: {}, named: undefined }
  const parts = { changes, usage: new UsageCounters(), tagHeaders: defaultTagHeaders, crossOrigin }
  const prepared = new PreparedResponse(parts, derivative, { response, grant, mark: changes.mark() })
  const threeAt = (ms: number) => {
    now = 10_000 + ms
    return [prepared.isFresh(), prepared.isFresh(), prepared.isFresh()]
  }
  t.strictSame(threeAt(240), [true, true, true])
  t.strictSame(threeAt(260), [false, true, true])
  t.strictSame(threeAt(490), [true, true, true])
  t.strictSame(threeAt(501), [false, false, false], 'no later than a second after its rows were current')
})
