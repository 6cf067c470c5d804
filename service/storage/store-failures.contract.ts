import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import { DarkroomError } from '../errors/catalogue.ts'
import type { ObjectStore } from './store.ts'
import { everything, keysOf, opened, type Proof, streamOf, type } from './store-probes.contract.ts'

/** What must hold when bodies fail, callers leave and streams are forgotten. */
export const failurePromises: Record<string, Proof> = {
  async 'leaves nothing of a put that was given up'(t, store) {
    const { stream, gone } = stalled(200_000)
    const giving = new AbortController()
    const put = store.put('a', { stream, bytes: 400_000 }, { ...type, signal: giving.signal })
    const reason = new Error('the client left')
    setTimeout(() => giving.abort(reason), 100)
    t.equal(await put.catch(error => error), reason)
    await gone
    await nothingIn(t, store)
    const aborted = AbortSignal.abort(reason)
    for (const body of [Buffer.from('x'), streamOf(Buffer.from('x'))])
      t.equal(await store.put('a', body, { ...type, signal: aborted }).catch(error => error), reason)
    await nothingIn(t, store)
  },

  async 'leaves nothing of a stream that fails, and passes its error on'(t, store) {
    const failure = new DarkroomError('too-large', 'The file is too large')
    const { stream } = stalled(200_000)
    const put = store.put('a', { stream, bytes: 400_000 }, type)
    setTimeout(() => stream.destroy(failure), 100)
    t.equal(await put.catch(error => error), failure)
    const failedBefore = new PassThrough().on('error', () => {})
    failedBefore.destroy(failure)
    t.equal(await store.put('a', { stream: failedBefore, bytes: 5 }, type).catch(error => error), failure)
    await nothingIn(t, store)
  },

  async 'refuses a stream of another length than announced'(t, store) {
    for (const bytes of [99_999, 100_001, 0]) {
      const { stream } = streamOf(Buffer.alloc(100_000))
      await t.rejects(store.put('a', { stream, bytes }, type), { code: 'internal' }, `${bytes}`)
    }
    await nothingIn(t, store)
    t.equal(await store.put('a', streamOf(Buffer.alloc(100_000)), type), true)
  },

  async 'a failed put leaves the object that was there'(t, store) {
    const old = Buffer.from('old')
    await store.put('a', old, type)
    const { stream } = stalled(100_000)
    setTimeout(() => stream.destroy(new Error('cut')), 50)
    await t.rejects(store.put('a', { stream, bytes: 200_000 }, type), { message: 'cut' })
    t.strictSame(await store.read('a', everything), old)
  },

  async 'is not exhausted by streams that are given up'(t, store) {
    const content = randomBytes(1_000_000)
    await store.put('a', content, type)
    for (let round = 0; round < 20; round++)
      await Promise.all(Array.from({ length: 10 }, async () => (await store.open('a'))?.stream.destroy()))
    const giving = new AbortController()
    const { stream } = await opened(store, 'a', { signal: giving.signal })
    giving.abort()
    await t.rejects(buffer(stream), { name: 'AbortError' })
    t.ok((await store.read('a', everything))?.equals(content))
  },

  async 'every call obeys a signal that is aborted already'(t, store) {
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

/** A stream that gives some bytes and then nothing more. */
function stalled(bytes: number): { stream: PassThrough; gone: Promise<void> } {
  const stream = new PassThrough()
  stream.write(Buffer.alloc(bytes))
  return { stream, gone: new Promise(resolve => stream.once('close', () => resolve())) }
}

async function nothingIn(t: Test, store: ObjectStore): Promise<void> {
  t.equal(await store.size('a'), undefined)
  t.strictSame(await keysOf(store, ''), [])
}
