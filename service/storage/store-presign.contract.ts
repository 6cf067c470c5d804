import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectStore, PresignedPut } from './store.ts'
import { everything, keysOf, type Proof, type } from './store-probes.contract.ts'

const content = randomBytes(100_000)
const key = 'incoming/u/a'

/** What must hold where others put objects by themselves; a store that lets nobody do so has nothing to prove. */
export const directPromises: Record<string, Proof> = {
  async 'lets others put what was announced, and nothing else'(t, store) {
    if (!store.presign) return void t.pass('nobody reaches it but the service')
    const door = await open(store, content)
    t.equal((await put(door, content)).status, 200)
    t.strictSame(await store.read(key, everything), content)
    await store.delete([key])

    const { url, headers } = door
    const { pathname } = new URL(url)
    const others: Record<string, Promise<Response>> = {
      'a shorter body': put(door, content.subarray(1)),
      'a longer body': put(door, Buffer.concat([content, Buffer.from('x')])),
      'another key': put({ url: url.replace(pathname, `${pathname}b`), headers }, content),
      'another checksum': put({ url, headers: checksumOf(Buffer.from('x')) }, content),
      'no checksum': put({ url, headers: {} }, content),
      'no signature': put({ url: url.replace(/X-Amz-Signature=\w+/, ''), headers }, content),
    }
    for (const [name, answer] of Object.entries(others)) t.equal((await answer).status, 403, name)
    t.strictSame(await keysOf(store, ''), [])

    await store.put(key, Buffer.from('there'), type)
    for (const method of ['GET', 'DELETE', 'POST'])
      t.ok((await put(door, method === 'GET' ? undefined : content, method)).status >= 400, method)
    t.strictSame(await store.read(key, everything), Buffer.from('there'))
  },

  async 'lets nobody put anything when his time is over'(t, store) {
    if (!store.presign) return void t.pass('nobody reaches it but the service')
    const door = await open(store, content, 1)
    await sleep(2_500)
    t.equal((await put(door, content)).status, 403)
    t.strictSame(await keysOf(store, ''), [])
  },

  async 'lets nobody put to a key that nobody may make'(t, { presign }) {
    if (!presign) return void t.pass('nobody reaches it but the service')
    const announced = { bytes: 1, sha256: '0'.repeat(64), seconds: 60 }
    for (const wrong of ['', '../a', 'a/../b', '/a', 'a b'])
      await t.rejects(async () => presign(wrong, announced), { code: 'internal' }, wrong)
    const gone = AbortSignal.abort(new Error('the client left'))
    await t.rejects(async () => presign('a', { ...announced, signal: gone }), { message: 'the client left' })
  },
}

async function open({ presign }: ObjectStore, body: Buffer, seconds = 60): Promise<PresignedPut> {
  if (!presign) throw new Error('it has no door')
  const sha256 = createHash('sha256').update(body).digest('hex')
  return presign(key, { bytes: body.length, sha256, seconds })
}

async function put({ url, headers }: PresignedPut, body?: Buffer, method = 'PUT'): Promise<Response> {
  const response = await fetch(url, { method, headers, ...(body && { body: new Uint8Array(body) }) })
  await response.arrayBuffer()
  return response
}

function checksumOf(body: Buffer): Record<string, string> {
  return { 'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64') }
}
