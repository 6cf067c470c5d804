import sharp from 'sharp'
import { createClient, policySrcset, policyUrl, readGrant } from '../../client/index.ts'
import type { ErrorCode } from '../../errors/catalogue.ts'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read, type Session } from '../support/session.ts'
import t from '../support/tap.ts'

const picture = await photo(400, 300).jpeg().toBuffer()

const put = (session: Session, name: string, body: unknown) =>
  callJson(session, 'PUT', `/api/v1/policies/${name}`, body)

interface Signed {
  readonly url: string
  readonly path: string
  readonly expires: number | null
}

t.test('sign with a policy accepts exactly what the image route would serve', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const { id } = await bench.upload(picture)
  await read(await put(bench, 'web', { operations: { resize: { w: { max: 300 } } }, formats: ['webp'] }))
  await read(await put(other, 'foreign', { operations: ['resize'] }))
  const ask = (body: unknown) => callJson(bench, 'POST', '/api/v1/sign', body)
  const wide = (w: number, format = 'webp') => ({ imageId: id, operations: [{ op: 'resize', w }], format })

  const signed = await read<Signed>(await ask({ ...wide(100), policy: 'web', expiresIn: 60 }))
  t.match(
    signed.path,
    new RegExp(`^/processed/${bench.userId}/${id}_resize_w-100\\.webp\\?e=\\d+&k=\\w+&p=web&s=`),
  )
  t.equal((await fetch(signed.url)).status, 200)
  t.equal((await fetch(signed.url.replace('w-100', 'w-300'))).status, 200)
  t.equal((await fetch(signed.url.replace('w-100', 'w-301'))).status, 403)

  const refused: [body: object, code: ErrorCode][] = [
    [{ ...wide(301), policy: 'web' }, 'forbidden'],
    [{ ...wide(100, 'png'), policy: 'web' }, 'forbidden'],
    [{ ...wide(100), policy: 'foreign' }, 'not-found'],
    [{ ...wide(100), policy: 'none' }, 'not-found'],
    [{ ...wide(100), policy: '' }, 'not-found'],
    [{ path: `/raw/${bench.userId}/${id}-orig.jpg`, policy: 'web' }, 'bad-request'],
    [{ path: `/processed/${bench.userId}/${id}%5Fresize_w-100.webp`, policy: 'web' }, 'bad-url'],
  ]
  for (const [body, code] of refused) await isProblemResponse(t, await ask(body), code, JSON.stringify(body))
})

t.test('sign/batch signs all URLs or none', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const { id } = await bench.upload(picture)
  const foreign = await other.upload(picture)
  const ask = (body: unknown) => callJson(bench, 'POST', '/api/v1/sign/batch', body)
  const one = { imageId: id, operations: [{ op: 'resize', w: 20 }], format: 'png' }
  const raw = { path: `/raw/${bench.userId}/${id}-orig.jpg`, expiresIn: 60 }
  const signed = await read<Signed[]>(await ask([one, raw]))
  t.match(signed, [
    { expires: null, path: /w-20\.png\?k=/ },
    { expires: Number, path: /orig\.jpg\?e=/ },
  ])
  for (const { url } of signed) t.equal((await fetch(url)).status, 200)
  t.equal((await read<Signed[]>(await ask(Array(100).fill(one)))).length, 100)

  const refused: [body: unknown, detail: RegExp][] = [
    [[], /./],
    [one, /array/],
    [Array(101).fill(one), /100/],
    [[one, {}], /^1: path, imageId: none is given/],
    [[one, { ...one, path: '/x' }], /^1: path: cannot/],
    [[one, { ...one, colour: 1 }], /^1\.colour/],
    [[one, one, { ...one, operations: [{ op: 'resize', w: 0 }] }], /^2: resize: w-0/],
    [[one, { ...one, imageId: foreign.id }], /^1: there is no such image/],
    [[{ ...one, policy: 'none' }], /^0: there is no such policy/],
  ]
  for (const [body, detail] of refused) {
    t.match(await isProblemResponse(t, await ask(body), 'bad-request', String(detail)), detail)
  }
})

t.test('a browser builds a srcset from one policy signature', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  await read(await put(bench, 'web', { operations: { resize: { w: { max: 300 }, h: true, dpr: true } } }))
  const { userId, key, url: baseUrl } = bench
  const server = createClient({ baseUrl, userId, keyId: key.id, secret: key.secret })
  const first = await server.url(id, [{ op: 'resize', w: 20 }], { policy: 'web', expiresIn: 60 })

  const grant = readGrant(first)
  t.match(grant, { baseUrl, userId, imageId: id, policy: 'web', keyId: key.id, signature: /^[\w-]{43}$/ })
  t.equal(policyUrl(grant, { operations: [{ op: 'resize', w: 20 }], format: 'auto' }), first)
  const sets = [
    policySrcset(grant, { format: 'png' }, { widths: [50, 100, 300] }),
    policySrcset(
      grant,
      { operations: [{ op: 'resize', w: 40, h: 40 }], format: 'png' },
      { densities: [1, 2] },
    ),
    await server.srcset(id, [], { widths: [60], format: 'png', policy: 'web' }),
  ]
  const widths: (number | undefined)[] = []
  for (const entry of sets.join(', ').split(', ')) {
    const body = await bytesOf(await fetch(entry.split(' ')[0] ?? ''))
    widths.push((await sharp(body).metadata()).width)
  }
  t.strictSame(widths, [50, 100, 300, 40, 80, 60])
  const tooWide = policyUrl(grant, { operations: [{ op: 'resize', w: 301 }] })
  await isProblemResponse(t, await fetch(tooWide), 'forbidden')
})
