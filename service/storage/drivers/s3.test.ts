import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createBucket, type S3Server, sharedS3 } from '../../test/support/services/s3.ts'
import t, { type Test } from '../../test/support/tap.ts'
import { storeContract } from '../store.contract.ts'
import type { ObjectStore } from '../store.ts'
import type { S3Timeouts } from './s3/client.ts'
import { createS3Store } from './s3.ts'

const type = { contentType: 'image/webp' }
const server = await sharedS3()
if (server) {
  t.teardown(() => server.stop())
  await storeContract(t, 's3', async () => storeIn(server, await createBucket(server), 'darkroom/test'))
}
const skip = server ? false : 'there is no S3 server'

t.test('stores with different prefixes in one bucket are separate', { skip }, async t => {
  const bucket = await createBucket(server!)
  const stores = ['', 'a', 'ab'].map(prefix => storeIn(server!, bucket, prefix))
  for (const store of stores.slice(1)) await store.put('raw/u/i', Buffer.from('x'), type)
  t.strictSame(await Promise.all(stores.map(store => keysOf(store))), [
    ['a/raw/u/i', 'ab/raw/u/i'],
    ['raw/u/i'],
    ['raw/u/i'],
  ])
  await stores[1]!.delete(['raw/u/i'])
  t.equal(await stores[2]!.size('raw/u/i'), 1)
})

t.test('presigned URLs use the endpoint for clients, if there is one', async t => {
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' }
  const location = {
    bucket: 'pictures',
    prefix: 'a',
    endpoint: 'http://s3:9000',
    region: 'us-east-1',
    credentials,
  }
  const options = { bytes: 5, sha256: 'ab'.repeat(32), seconds: 900 }
  const urlIn = async (direct?: string | false) => {
    const store = createS3Store({ ...location, ...(direct !== undefined && { direct }) })
    t.teardown(() => store.close())
    return (await store.presign?.('incoming/u/b', options))?.url
  }
  t.match(await urlIn(), /^http:\/\/s3:9000\/pictures\/a\/incoming\/u\/b\?/)
  t.match(await urlIn('https://s3.example.org'), /^https:\/\/s3\.example\.org\/pictures\/a\/incoming\/u\/b\?/)
  t.equal(await urlIn(false), undefined)
})

t.test('slow reader does not trigger the idle timeout', { skip }, async t => {
  const store = storeIn(server!, await createBucket(server!), '', { idleMs: 200 })
  const content = Buffer.alloc(4_000_000, 7)
  await store.put('a', content, type)
  const { stream } = (await store.open('a'))!
  const first: Buffer =
    (await once(
      stream.once('readable', () => {}),
      'readable',
    )) && stream.read(1)
  await sleep(700)
  t.ok(Buffer.concat([first, await buffer(stream)]).equals(content))
})

t.test('wrong bucket and credentials are reported as unavailable without secrets', { skip }, async t => {
  const bucket = await createBucket(server!)
  const wrong = [storeIn(server!, `${bucket}-2`), storeIn({ ...server!, secretAccessKey: 'hunter2' }, bucket)]
  for (const store of wrong) {
    await expectUnavailable(t, store, [bucket, server!.endpoint, 'hunter2', server!.accessKeyId])
    await t.rejects(store.delete(['a']), { code: 'unavailable' })
    await t.rejects(keysOf(store), { code: 'unavailable' })
  }
})

t.test('unreachable server is reported as unavailable at once', async t => {
  const closed = await listen(t, () => {})
  closed.server.close()
  const store = storeIn(closed, 'bucket')
  const started = performance.now()
  await expectUnavailable(t, store, [closed.endpoint])
  t.ok(performance.now() - started < 30_000, 'no call waits for its timeout')
})

t.test('calls to an unresponsive server time out and release their sockets', async t => {
  const { server, ...silent } = await listen(t, socket => socket.resume())
  const store = storeIn(silent, 'bucket', '', { attemptMs: 150, callMs: 400, transferMs: 400 })
  const stream = new PassThrough()
  stream.write(Buffer.alloc(100_000))
  const started = performance.now()
  await Promise.all([
    expectUnavailable(t, store, [silent.endpoint]),
    t.rejects(store.put('a', { stream, bytes: 200_000 }, type), { code: 'unavailable' }),
    t.rejects(store.delete(['a']), { code: 'unavailable' }),
    t.rejects(keysOf(store), { code: 'unavailable' }),
  ])
  t.ok(performance.now() - started < 20_000, 'the calls end soon after their timeout')
  t.ok(stream.destroyed)
  await expectReleased(t, server)
  const controller = new AbortController()
  const reason = new Error('the client left')
  setTimeout(() => controller.abort(reason), 50)
  t.equal(await store.size('a', controller.signal).catch(error => error), reason)
  await expectReleased(t, server)
})

t.test('an object that cannot be deleted keeps no other one, and is no outage', async t => {
  let code = 'AccessDenied'
  const sizes: number[] = []
  const server = createHttpServer(async (request, response) => {
    const sent = (await buffer(request)).toString()
    sizes.push(sent.split('<Key>').length - 1)
    response.end(`<DeleteResult><Error><Key>k0</Key><Code>${code}</Code></Error></DeleteResult>`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const store = storeIn({ endpoint, accessKeyId: 'key', secretAccessKey: 'secret' }, 'bucket')
  const keys = Array.from({ length: 1_001 }, (_, index) => `k${index}`)
  await t.rejects(store.delete(keys), { code: 'unavailable', isOutage: false })
  t.strictSame(sizes, [1_000, 1])
  code = 'SlowDown'
  await t.rejects(store.delete(['k0']), { code: 'unavailable', isOutage: true })
})

t.test('reading an object from a stalled server fails after the idle timeout', async t => {
  const half = 'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf of it'
  const { server, ...stalling } = await listen(t, socket => socket.once('data', () => socket.write(half)))
  const store = storeIn(stalling, 'bucket', '', { idleMs: 200 })
  const opened = await store.open('a')
  t.equal(opened?.bytes, 1000)
  await t.rejects(buffer(opened!.stream), { code: 'unavailable' })
  await t.rejects(store.read('a', { maxBytes: 1000 }), { code: 'unavailable' })
  await t.rejects(store.read('a', { maxBytes: 999 }), { code: 'internal' })
  ;(await store.open('a'))?.stream.destroy()
  await expectReleased(t, server)
})

t.test('connection lost in the middle of an object is an error, not a short object', async t => {
  const half = 'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf of it'
  const { server, ...cutting } = await listen(t, socket => socket.once('data', () => socket.end(half)))
  const store = storeIn(cutting, 'bucket')
  await t.rejects(store.read('a', { maxBytes: 1000 }), { code: 'unavailable' })
  const { stream } = (await store.open('a'))!
  await sleep(50)
  await t.rejects(buffer(stream), { code: 'unavailable' }, 'also when the reader starts later')
  await expectReleased(t, server)
})

function storeIn(
  server: S3Server,
  bucket: string,
  prefix = '',
  timeouts: Partial<S3Timeouts> = {},
): ObjectStore {
  const { endpoint, accessKeyId, secretAccessKey } = server
  const credentials = { accessKeyId, secretAccessKey }
  const store = createS3Store({ bucket, prefix, endpoint, region: 'us-east-1', credentials, timeouts })
  t.teardown(() => store.close())
  return store
}

/** Expects that every kind of call fails with `unavailable` and a detail without the secret words. */
async function expectUnavailable(t: Test, store: ObjectStore, secrets: string[]): Promise<void> {
  const stream = new PassThrough()
  stream.end('x')
  const calls = [
    store.put('a', Buffer.from('x'), type),
    store.put('a', { stream, bytes: 1 }, { ...type, onlyNew: true }),
    store.open('a'),
    store.read('a', { maxBytes: 1 }),
    store.check(),
  ]
  for (const call of await Promise.allSettled(calls)) {
    if (call.status === 'fulfilled') t.fail('the call succeeded')
    else t.equal(call.reason.code, 'unavailable')
    if (call.status === 'rejected')
      for (const secret of secrets) t.notOk(call.reason.message.includes(secret))
  }
}

/** A server on a free port that passes its connections to `serve`. */
async function listen(t: Test, serve: (socket: Socket) => void): Promise<S3Server & { server: Server }> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => {}))
    serve(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { server, endpoint, accessKeyId: 'key', secretAccessKey: 'secret' }
}

/** Expects that the client closes all its connections within a second. */
async function expectReleased(t: Test, server: Server): Promise<void> {
  const open = () => new Promise<number>(resolve => server.getConnections((_, count) => resolve(count)))
  for (let wait = 0; wait < 40 && (await open()) > 0; wait++) await sleep(25)
  t.equal(await open(), 0, 'no socket is left open')
}

async function keysOf(store: ObjectStore): Promise<string[]> {
  const keys: string[] = []
  for await (const key of store.list('')) keys.push(key)
  return keys.sort()
}
