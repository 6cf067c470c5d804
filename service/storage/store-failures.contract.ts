import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import { DarkroomError } from '../errors/catalogue.ts'
import type { ObjectStore } from './store.ts'
import { everything, keysOf, opened, type StoreTest, streamOf, type } from './store-fixture.contract.ts'

/** Tests of failing bodies, aborted calls and abandoned streams. */
export const failureTests: Record<string, StoreTest> = {
  async 'aborted put leaves no object'(t, store) {
    const { stream, closed } = stalled(200_000)
    const controller = new AbortController()
    const put = store.put('a', { stream, bytes: 400_000 }, { ...type, signal: controller.signal })
    const reason = new Error('the client left')
    setTimeout(() => controller.abort(reason), 100)
    t.equal(await put.catch(error => error), reason)
    await closed
    await isEmpty(t, store)
    const aborted = AbortSignal.abort(reason)
    for (const body of [Buffer.from('x'), streamOf(Buffer.from('x'))])
      t.equal(await store.put('a', body, { ...type, signal: aborted }).catch(error => error), reason)
    await isEmpty(t, store)
  },

  async 'put of a failing stream leaves no object and rejects with its error'(t, store) {
    const failure = new DarkroomError('too-large', 'the file is too large')
    const { stream } = stalled(200_000)
    const put = store.put('a', { stream, bytes: 400_000 }, type)
    setTimeout(() => stream.destroy(failure), 100)
    t.equal(await put.catch(error => error), failure)
    const failedBefore = new PassThrough().on('error', () => {})
    failedBefore.destroy(failure)
    t.equal(await store.put('a', { stream: failedBefore, bytes: 5 }, type).catch(error => error), failure)
    await isEmpty(t, store)
  },

  async 'put of a stream with another length than declared is rejected'(t, store) {
    for (const bytes of [99_999, 100_001, 0]) {
      const { stream } = streamOf(Buffer.alloc(100_000))
      await t.rejects(store.put('a', { stream, bytes }, type), { code: 'internal' }, `${bytes}`)
    }
    await isEmpty(t, store)
    t.equal(await store.put('a', streamOf(Buffer.alloc(100_000)), type), true)
  },

  async 'failed put keeps the existing object'(t, store) {
    const old = Buffer.from('old')
    await store.put('a', old, type)
    const { stream } = stalled(100_000)
    setTimeout(() => stream.destroy(new Error('cut')), 50)
    await t.rejects(store.put('a', { stream, bytes: 200_000 }, type), { message: 'cut' })
    t.strictSame(await store.read('a', everything), old)
  },

  async 'abandoned streams exhaust no resources'(t, store) {
    const content = randomBytes(1_000_000)
    await store.put('a', content, type)
    for (let round = 0; round < 20; round++)
      await Promise.all(Array.from({ length: 10 }, async () => (await store.open('a'))?.stream.destroy()))
    const controller = new AbortController()
    const { stream } = await opened(store, 'a', { signal: controller.signal })
    controller.abort()
    await t.rejects(buffer(stream), { name: 'AbortError' })
    t.ok((await store.read('a', everything))?.equals(content))
  },

  async 'every call rejects when its signal is already aborted'(t, store) {
    const reason = new Error('too late')
    const signal = AbortSignal.abort(reason)
    const calls = [
      () => store.open('a', { signal }),
      () => store.read('a', { maxBytes: 1, signal }),
      () => store.size('a', signal),
      () => store.delete(['a'], signal),
      () => keysOf(store, '', signal),
      () => store.check(signal),
    ]
    for (const call of calls) await t.rejects(async () => call(), reason)
  },
}

/** A stream that sends some bytes and then stalls. */
function stalled(bytes: number): { stream: PassThrough; closed: Promise<void> } {
  const stream = new PassThrough()
  stream.write(Buffer.alloc(bytes))
  return { stream, closed: new Promise(resolve => stream.once('close', () => resolve())) }
}

async function isEmpty(t: Test, store: ObjectStore): Promise<void> {
  t.equal(await store.size('a'), undefined)
  t.strictSame(await keysOf(store, ''), [])
}
