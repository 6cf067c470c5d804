import { createClient, policyUrl, readGrant } from '../../client/index.ts'
import { signMessage } from '../../url/signature.ts'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'

const bench = await build(t)
const image = await bench.upload(await photo(120, 80).jpeg().toBuffer())
const path = `/processed/${bench.userId}/${image.id}_resize_w-60`
const raw = new URL(image.rawUrl).pathname

const ask = (body: object) => callJson(bench, 'POST', '/api/v1/sign', body)
const sign = async (body: object) => (await read<{ url: string }>(await ask(body))).url
const dispositionOf = ({ headers }: Response) => headers.get('content-disposition')

t.test('a download has its name and the extension of the delivered format from every cache tier', async t => {
  const url = await sign({ path: `${path}.auto`, download: 'Übersicht.jpg' })
  t.match(new URL(url).search, /^\?k=\w+&dl=%C3%9Cbersicht\.jpg&s=[\w-]{43}$/)
  const webp = { headers: { accept: 'image/webp' } }
  const named = `attachment; filename="Ubersicht.webp"; filename*=UTF-8''%C3%9Cbersicht.webp`
  const miss = await fetch(url, webp)
  t.equal(miss.headers.get('darkroom-cache'), 'miss')
  t.equal(dispositionOf(miss), named)
  const bytes = await bytesOf(miss)
  for (const init of [webp, { ...webp, method: 'HEAD' }]) {
    const hit = await fetch(url, init)
    t.equal(hit.headers.get('darkroom-cache'), 'memory')
    t.equal(dispositionOf(hit), named)
  }
  const known = { headers: { ...webp.headers, 'if-none-match': miss.headers.get('etag') ?? '' } }
  t.equal((await fetch(url, known)).status, 304)
  t.match(dispositionOf(await fetch(url)), /filename\*=UTF-8''%C3%9Cbersicht\.jpg$/)

  const shown = await fetch(await sign({ path: `${path}.webp` }))
  t.equal(dispositionOf(shown), null)
  t.equal(shown.headers.get('darkroom-cache'), 'memory', 'the name is not part of the derivative')
  t.ok((await bytesOf(shown)).equals(bytes))
})

t.test('an original is downloaded whole or by range', async t => {
  const url = await sign({ path: raw, download: 'Dune' })
  for (const [init, status] of [
    [{}, 200],
    [{ method: 'HEAD' }, 200],
    [{ headers: { range: 'bytes=0-9' } }, 206],
  ] as const) {
    const response = await fetch(url, init)
    await response.arrayBuffer()
    t.match([response.status, dispositionOf(response)], [status, 'attachment; filename="Dune.jpg"'])
  }
  const missing = await fetch(url, { headers: { range: `bytes=${image.bytes}-` } })
  t.equal(dispositionOf(missing), null)
  await isProblemResponse(t, missing, 'range-not-satisfiable')
})

t.test('the name is signed, and no name breaks out of its header', async t => {
  const url = await sign({ path: `${path}.jpg`, download: 'Dune' })
  for (const changed of ['dl=Dunes', 'dl=Dun%65', 'dl=', 'x=Dune', 'dl=Dune&dl=Dune'])
    await isProblemResponse(t, await fetch(url.replace('dl=Dune', changed)), 'bad-signature', changed)
  const shown = await sign({ path: `${path}.jpg` })
  await isProblemResponse(t, await fetch(`${shown}&dl=Dune`), 'bad-signature', 'a name cannot be added')

  for (const dl of [
    '',
    'a%2Fb',
    '..%5Cb',
    '%2E%2E',
    'a%0D%0Aset-cookie:%20x=1',
    '%E2%80%AE',
    '%ff',
    'x'.repeat(201),
  ]) {
    const message = `${path}.jpg?dl=${dl}`
    const refused = await fetch(`${bench.url}${message}&s=${signMessage(bench.key.secret, message)}`)
    t.match(await isProblemResponse(t, refused, 'bad-url', dl), /^dl: must be a file name/)
  }
  for (const download of ['', 'a/b', 'a\nb', '.htaccess', 'é'.repeat(101)])
    t.match(await isProblemResponse(t, await ask({ path: raw, download }), 'bad-url'), /^download: must be/)
  const quoted = await sign({ path: `${path}.jpg`, download: `a"; filename="b.exe` })
  t.equal(
    dispositionOf(await fetch(quoted)),
    `attachment; filename="a_; filename=_b.exe.jpg"; filename*=UTF-8''a%22%3B%20filename%3D%22b.exe.jpg`,
  )
})

t.test('the client signs downloads, also for all URLs of a policy', async t => {
  const { id: keyId, secret } = bench.key
  const client = createClient({ baseUrl: bench.url, userId: bench.userId, keyId, secret })
  const output = { format: 'png', expiresIn: 60, download: "Ann's (1)*" } as const
  const derivative = await client.url(image.id, [{ op: 'resize', w: 20 }], output)
  t.equal(dispositionOf(await fetch(derivative)), `attachment; filename="Ann's (1)*.png"`)
  const original = await client.original(image.id, 'jpg', { download: 'Dune.jpg' })
  t.equal(dispositionOf(await fetch(original)), 'attachment; filename="Dune.jpg"')
  await t.rejects(client.original(image.id, 'jpg', { download: 'a/b' }), { code: 'bad-url' })

  await read(await callJson(bench, 'PUT', '/api/v1/policies/web', { operations: { resize: true } }))
  const grant = readGrant(await client.url(image.id, [], { policy: 'web', download: 'Dune 1' }))
  const granted = await fetch(policyUrl(grant, { operations: [{ op: 'resize', w: 30 }], format: 'webp' }))
  t.match([granted.status, dispositionOf(granted)], [200, 'attachment; filename="Dune 1.webp"'])
  const shown = await fetch(policyUrl({ ...grant, download: undefined }, { format: 'webp' }))
  await isProblemResponse(t, shown, 'bad-signature')
})

t.test('explain says the name of a download, and a purge removes what it delivers', async t => {
  const url = await sign({ path: `${path}.png`, download: 'Dune.jpg' })
  await bytesOf(await fetch(url))
  const explain = (query: string) =>
    callJson(bench, 'POST', '/api/v1/explain', { path: `${path}.png${query}` })
  const explained = await read<object>(await explain(new URL(url).search))
  t.match(explained, {
    download: 'Dune.png',
    file: `${image.id}_resize_w-60.png`,
    cache: { state: 'memory' },
  })
  t.match(await read<object>(await explain('')), { download: null })
  await isProblemResponse(t, await explain('?dl=a%2Fb'), 'bad-url')
  // one that is still being written could come after the purge
  await bench.app.delivery.derivativeWriter.idle()
  await read(await callJson(bench, 'POST', `/api/v1/images/${image.id}/purge`, {}))
  t.equal((await fetch(url)).headers.get('darkroom-cache'), 'miss')
})
