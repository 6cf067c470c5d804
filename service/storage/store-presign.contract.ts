import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectStore, PresignedPut } from './store.ts'
import { everything, keysOf, type StoreTest, type } from './store-fixture.contract.ts'

const content = randomBytes(100_000)
const key = 'incoming/u/a'

/** Tests of presigned uploads. A store that does not support presigned uploads passes. */
export const presignTests: Record<string, StoreTest> = {
  async 'presigned URL accepts exactly the declared object'(t, store) {
    if (!store.presign) return void t.pass('clients cannot reach this store')
    const presigned = await presignUpload(store, content)
    t.equal((await put(presigned, content)).status, 200)
    t.strictSame(await store.read(key, everything), content)
    await store.delete([key])

    const { url, headers } = presigned
    const { pathname } = new URL(url)
    const rejected: Record<string, Promise<Response>> = {
      'a shorter body': put(presigned, content.subarray(1)),
      'a longer body': put(presigned, Buffer.concat([content, Buffer.from('x')])),
      'another key': put({ url: url.replace(pathname, `${pathname}b`), headers }, content),
      'another checksum': put({ url, headers: checksumOf(Buffer.from('x')) }, content),
      'no checksum': put({ url, headers: {} }, content),
      'no signature': put({ url: url.replace(/X-Amz-Signature=\w+/, ''), headers }, content),
    }
    for (const [name, answer] of Object.entries(rejected)) t.equal((await answer).status, 403, name)
    t.strictSame(await keysOf(store, ''), [])

    await store.put(key, Buffer.from('there'), type)
    for (const method of ['GET', 'DELETE', 'POST'])
      t.ok((await put(presigned, method === 'GET' ? undefined : content, method)).status >= 400, method)
    t.strictSame(await store.read(key, everything), Buffer.from('there'))
  },

  async 'presigned URL is rejected after it has expired'(t, store) {
    if (!store.presign) return void t.pass('clients cannot reach this store')
    const presigned = await presignUpload(store, content, 1)
    await sleep(2_500)
    t.equal((await put(presigned, content)).status, 403)
    t.strictSame(await keysOf(store, ''), [])
  },

  async 'presigning fails for a malformed key and when the call is aborted'(t, { presign }) {
    if (!presign) return void t.pass('clients cannot reach this store')
    const options = { bytes: 1, sha256: '0'.repeat(64), seconds: 60 }
    for (const wrong of ['', '../a', 'a/../b', '/a', 'a b'])
      await t.rejects(async () => presign(wrong, options), { code: 'internal' }, wrong)
    const aborted = AbortSignal.abort(new Error('the client left'))
    await t.rejects(async () => presign('a', { ...options, signal: aborted }), { message: 'the client left' })
  },
}

async function presignUpload({ presign }: ObjectStore, body: Buffer, seconds = 60): Promise<PresignedPut> {
  if (!presign) throw new Error('the store has no presign')
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
