import { sign } from '../../client/sign.ts'
import type { ErrorCode } from '../../errors/catalogue.ts'
import { type Bench, build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblem, isProblemResponse } from '../support/problem.ts'
import { send } from '../support/send.ts'
import { bytesOf, type Session, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(160, 120).jpeg().toBuffer()

/** Signs any path with the key's secret, also one that the sign route refuses because it cannot be served. */
const signed = (bench: Bench, path: string, expires?: number) =>
  sign(path, { keyId: bench.key.id, secret: bench.key.secret, expires })

const otherThan = (id: string) => id.replace(/.$/, last => (last === 'x' ? 'y' : 'x'))

t.test('a URL without a valid signature is refused before any work', async t => {
  const bench = await build(t)
  const image = await bench.upload(picture)
  const path = `/processed/${bench.userId}/${image.id}_resize_w-50.jpg`
  const right = await signed(bench, path)
  const s = new URL(right, bench.url).searchParams.get('s')!
  const soon = Math.floor(Date.now() / 1000) + 100
  const expiring = await signed(bench, path, soon)
  const flipped = `${s[0] === 'A' ? 'B' : 'A'}${s.slice(1)}`
  const urls: [name: string, path: string][] = [
    ['unsigned', path],
    ['no value', `${path}?s=`],
    ['another signature', right.replace(s, flipped)],
    ['a shorter signature', right.replace(s, s.slice(0, -1))],
    ['another path', right.replace('w-50', 'w-51')],
    ['an encoded path', right.replace('w-50', 'w%2D50')],
    ['another image', right.replace(image.id, otherThan(image.id))],
    ['another user', right.replace(bench.userId, otherThan(bench.userId))],
    ['a later expiry', expiring.replace(String(soon), String(soon + 1))],
    ['no expiry', expiring.replace(/e=\d+&/, '')],
    ['an added expiry', right.replace('?', `?e=${soon}&`)],
    ['another key', right.replace(bench.key.id, 'abcdefgh')],
    ['no such key', right.replace(/k=\w+/, 'k=')],
    ['two signatures', `${right}&s=${s}`],
    ['an added policy', right.replace('&s=', '&p=all&s=')],
    ['bad grammar, unsigned', `/processed/${bench.userId}/${image.id}_bogus_w-1.jpg`],
    ['bad grammar, another signature', `/processed/${bench.userId}/%%%_/..?s=${s}`],
    ['no such image, unsigned', `/processed/${bench.userId}/abcdefgh.jpg`],
    ['no user', `/processed/?s=${s}`],
    ['a path with two dots', `/processed/../raw/${bench.userId}/${image.id}-orig.jpg?s=${s}`],
    ['an original, unsigned', new URL(image.rawUrl).pathname],
  ]
  for (const [name, url] of urls) {
    const answer = await send(bench.url, url)
    isProblem(t, answer, 'bad-signature', name)
    t.notMatch(answer.body, s, 'the response does not reveal the signature')
  }
  t.equal(await bench.metric('darkroom_development_seconds_count'), 0)
  for (const url of [right, expiring, `${right}&x=1`, right.replace('?', '?x=1&y=%%&')]) {
    t.equal((await send(bench.url, url)).status, 200, url)
  }
  isProblem(t, await send(bench.url, await signed(bench, path, 1)), 'expired')
  isProblem(
    t,
    await send(bench.url, await signed(bench, `${path}_bogus`, 1)),
    'expired',
    'expired before parsing',
  )
})

t.test('the image route and the sign route refuse a URL that cannot be served, with the reason', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const cases: [file: string, code: ErrorCode, names: RegExp][] = [
    [`${id}_bogus_w-1.jpg`, 'bad-url', /bogus/],
    [`${id}_resize_zz-1.jpg`, 'bad-url', /zz/],
    [`${id}_resize_w-0.jpg`, 'bad-url', /w.*1.*8192/],
    [`${id}_resize_w-9000.jpg`, 'bad-url', /w.*8192/],
    [`${id}_resize_w-abc.jpg`, 'bad-url', /w/],
    [`${id}_resize_w-1,w-2.jpg`, 'bad-url', /w/],
    [`${id}_resize_fit-outer.jpg`, 'bad-url', /fit.*cover/],
    [`${id}_encode_q-101.jpg`, 'bad-url', /q.*100/],
    [`${id}_resize.jpg`, 'bad-url', /resize/],
    [`${id}_crop_x-500,y-0,w-100,h-100.jpg`, 'bad-url', /crop/],
    [`${id}.bmp`, 'bad-url', /bmp/],
    [`${id}.json`, 'bad-url', /json/],
    [id, 'bad-url', /./],
    [`${id}_.jpg`, 'bad-url', /./],
    [`${id}_resize_w-5%2530.jpg`, 'bad-url', /./],
    [`${id}_resize_w-50.jpg/more`, 'bad-url', /./],
    [`${id}_blur_s-1`.padEnd(1100, '_blur_s-1').concat('.jpg'), 'url-too-long', /1024/],
    [`${id}${'_flip_d-h'.repeat(33)}.jpg`, 'bad-url', /32/],
  ]
  for (const [file, code, names] of cases) {
    const path = `/processed/${bench.userId}/${file}`
    t.match(isProblem(t, await send(bench.url, await signed(bench, path)), code, file), names)
    const body = { path }
    const signing = await bench.get('/api/v1/sign', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
    if (code === 'bad-url') t.match(await isProblemResponse(t, signing, code, `sign ${file}`), names)
    else t.equal(signing.status, 414)
  }
  t.equal(await bench.metric('darkroom_development_seconds_count'), 0)
})

t.test('missing images, and images of other users, are not found', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const [own, foreign] = [await bench.upload(picture), await other.upload(picture)]
  const paths = (session: Session, id: string) => [
    `/processed/${session.userId}/${id}_resize_w-50.jpg`,
    `/raw/${session.userId}/${id}-orig.jpg`,
  ]
  for (const path of paths(bench, 'abcdefgh12345678')) {
    const answer = await send(bench.url, await signed(bench, path))
    isProblem(t, answer, 'not-found', path)
    t.equal(answer.headers['cache-control'], 'public, max-age=60')
  }
  const extension = `/raw/${bench.userId}/${own.id}-orig.png`
  isProblem(t, await send(bench.url, await signed(bench, extension)), 'not-found', 'another extension')
  for (const path of paths(bench, foreign.id)) {
    isProblem(
      t,
      await send(bench.url, await signed(bench, path)),
      'not-found',
      'another user’s image under the caller’s user id',
    )
  }
  for (const path of paths(other, foreign.id)) {
    isProblem(
      t,
      await send(bench.url, await signed(bench, path)),
      'bad-signature',
      'another user’s image, signed with the caller’s key',
    )
    const body = JSON.stringify({ path })
    const headers = { 'content-type': 'application/json' }
    const signing = await bench.get('/api/v1/sign', { method: 'POST', body, headers })
    await isProblemResponse(t, signing, 'not-found', 'signing another user’s image')
  }
  const encoded = other.userId.replace(/^./, first => `%${first.charCodeAt(0).toString(16)}`)
  for (const file of [
    `${foreign.id}_resize_w-50.jpg`,
    `${foreign.id}_crop_x-60000.jpg`,
    'abcdefgh12345678.jpg',
  ]) {
    const body = JSON.stringify({ path: `/processed/${encoded}/${file}` })
    const headers = { 'content-type': 'application/json' }
    const signing = await bench.get('/api/v1/sign', { method: 'POST', body, headers })
    await isProblemResponse(
      t,
      signing,
      'not-found',
      `signing another user’s image under an encoded id reveals nothing: ${file}`,
    )
  }
  for (const method of ['GET', 'DELETE']) {
    for (const id of [foreign.id, 'abcdefgh12345678']) {
      await isProblemResponse(t, await bench.get(`/api/v1/images/${id}`, { method }), 'not-found', method)
    }
  }
  const list = (await (await bench.get('/api/v1/images')).json()) as { items: ShownImage[] }
  t.strictSame(
    list.items.map(image => image.id),
    [own.id],
  )
  t.equal((await other.get(foreign.rawUrl)).status, 200, 'the other user’s image still exists')
})

t.test('a retiring key still verifies, and a revoked key is refused within seconds', async t => {
  const bench = await build(t)
  const image = await bench.upload(picture)
  const { signingKeys } = bench.app.metadata
  const path = `/processed/${bench.userId}/${image.id}_resize_w-50.jpg`
  const old = await signed(bench, path)
  const anonymous = old.replace(/k=\w+&/, '')
  await bytesOf(await bench.get(old))
  await signingKeys.setState(bench.userId, bench.key.id, 'retiring')
  await isProblemResponse(
    t,
    await bench.get('/api/v1/sign', {
      method: 'POST',
      body: JSON.stringify({ path }),
      headers: { 'content-type': 'application/json' },
    }),
    'conflict',
    'a retiring key does not sign',
  )
  const fresh = await signingKeys.create(bench.userId)
  const signedAnew = await bench.sign(path)
  t.match(signedAnew, `k=${fresh.id}`)
  await until(
    'the new key verifies',
    2000,
    async () => (await send(bench.url, signedAnew.slice(bench.url.length))).status === 200,
  )
  t.equal((await send(bench.url, old)).status, 200)
  await signingKeys.setState(bench.userId, bench.key.id, 'revoked')
  await until('the old key is refused', 2500, async () => (await send(bench.url, old)).status === 403)
  isProblem(t, await send(bench.url, old), 'bad-signature', 'revoked')
  isProblem(t, await send(bench.url, anonymous), 'bad-signature', 'revoked, with no key id in the URL')
  t.equal(
    (await send(bench.url, signedAnew.slice(bench.url.length))).status,
    200,
    'the other key still verifies',
  )
})
