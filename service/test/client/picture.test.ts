import {
  createClient,
  type OperationStep,
  type Picture,
  picture,
  pictureHtml,
  readGrant,
} from 'darkroom/client'
import sharp from 'sharp'
import { type Bench, build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'

async function prepared(bench: Bench): Promise<string> {
  await read(await callJson(bench, 'PUT', '/api/v1/policies/web', { operations: ['resize'] }))
  return (await bench.upload(await photo(800, 600).jpeg().toBuffer())).id
}

/** Type, descriptor and size of every file, as the service serves it. */
async function files({ sources, img }: Picture): Promise<string[]> {
  const sets = [...sources.map(({ srcset }) => srcset), img.srcset]
  const candidates = sets.flatMap(srcset => srcset.split(', '))
  return Promise.all(
    candidates.map(async candidate => {
      const [url = '', descriptor] = candidate.split(' ')
      const response = await fetch(url)
      const type = response.headers.get('content-type')
      const { width, height } = await sharp(await bytesOf(response)).metadata()
      return `${type} ${descriptor} ${width}x${height}`
    }),
  )
}

t.test('<picture>: every format in every width, with one signature or many', async t => {
  const bench = await build(t)
  const id = await prepared(bench)
  const client = createClient({
    baseUrl: bench.url,
    userId: bench.userId,
    keyId: bench.key.id,
    secret: bench.key.secret,
  })
  const request = { formats: ['webp'], widths: [200, 400], sizes: '50vw' } as const
  const served = [
    'image/webp 200w 200x150',
    'image/webp 400w 400x300',
    'image/jpeg 200w 200x150',
    'image/jpeg 400w 400x300',
  ]
  const inBrowser = picture(readGrant(await client.url(id, [], { policy: 'web' })), request)
  t.strictSame(await files(inBrowser), served)
  t.match(inBrowser, { sources: [{ type: 'image/webp', sizes: '50vw' }], img: { sizes: '50vw' } })
  t.ok(inBrowser.img.srcset.endsWith(`${inBrowser.img.src} 400w`))

  const onServer = await client.picture(id, { ...request, expiresIn: 60 })
  t.strictSame(await files(onServer), served)
  t.match(onServer.img.src, /\?e=\d+&k=\w+&s=/)
  const byPolicy = await client.picture(id, { ...request, policy: 'web' })
  t.strictSame(byPolicy, inBrowser)

  const original = { width: 800, height: 600 }
  const whole = await client.picture(id, {
    widths: [300, 1200, 600],
    formats: [],
    fallback: 'webp',
    original,
  })
  t.strictSame(
    await files(whole),
    ['image/webp 300w 300x225', 'image/webp 600w 600x450', 'image/webp 800w 800x600'],
    'no candidate is larger than the original',
  )
  t.match(whole.img.src, /_resize_w-600\.webp/, 'the fallback is in the middle')
  t.match(whole.img, { width: 600, height: 450, loading: 'lazy', decoding: 'async' })

  const byDensity = await client.picture(id, {
    operations: [{ op: 'resize', w: 100, h: 100 }],
    densities: [1, 2],
    formats: [],
    fallback: 'png',
  })
  t.strictSame(await files(byDensity), ['image/png 1x 100x100', 'image/png 2x 200x200'])
  t.match(byDensity.img, { width: 100, height: 100 }, 'CSS pixels')
  t.match(byDensity.img.src, /_resize_w-100,h-100\.png/)
  await t.rejects(client.picture(id, { widths: [] }), { code: 'bad-request' })
})

t.test('<picture>: HTML contains the URLs and escapes attributes', async t => {
  const bench = await build(t)
  const id = await prepared(bench)
  const signed = await read<{ url: string }>(
    await callJson(bench, 'POST', '/api/v1/sign', { imageId: id, policy: 'web' }),
  )
  const shown = picture(readGrant(signed.url), { widths: [300], formats: ['webp'] })
  const html = pictureHtml(shown, {
    alt: '"><script>alert(1)</script>&',
    width: 300,
    hidden: true,
    lazy: false,
    src: 'x',
    loading: 'eager',
  })
  t.match(html, / loading="eager".* decoding="async">/, 'attributes override those of the picture')
  const source = /<source type="image\/webp" srcset="([^"]+) 300w">/.exec(html)?.[1] ?? ''
  t.match(source, /&amp;p=web&amp;s=/)
  t.equal((await fetch(source.replaceAll('&amp;', '&'))).status, 200)
  t.ok(html.startsWith('<picture><source ') && html.endsWith('></picture>'))
  t.ok(
    html.includes(
      '<img alt="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;" width="300" hidden src="http',
    ),
  )
  t.notMatch(html, / lazy|src="x"/)
  for (const name of ['on click', 'a"b', '', 'a>', 'a=b']) {
    t.throws(() => pictureHtml(shown, { alt: '', [name]: 'x' }), { code: 'bad-request' }, name)
  }
})

/** The pixels of a result, reduced to the width of the smallest candidate. */
async function reduced(url: string): Promise<Buffer> {
  return sharp(await bytesOf(await fetch(url)))
    .flatten()
    .resize(220, 175, { fit: 'fill' })
    .raw()
    .toBuffer()
}

const meanDifference = (a: Buffer, b: Buffer) =>
  a.reduce((sum, value, at) => sum + Math.abs(value - b[at]!), 0) / a.length

t.test('<picture>: candidates that are reduced to one size look alike', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(await photo(1200, 900).jpeg().toBuffer())
  const { url: baseUrl, userId, key } = bench
  const client = createClient({ baseUrl, userId, keyId: key.id, secret: key.secret })
  const decorations: OperationStep[] = [
    { op: 'blur', s: 6 },
    { op: 'text', t: 'Darkroom', s: 80, c: 'fff', bg: '000', g: 'south', y: 60 },
    { op: 'round', r: 90, bg: 'fff' },
    { op: 'border', w: 9, c: '00f' },
    { op: 'pad', all: 21, t: 36, bg: 'f00' },
  ]
  const operations: OperationStep[] = [{ op: 'resize', w: 600, h: 450 }, ...decorations]
  const set = await client.srcset(id, operations, { widths: [200, 400, 600], format: 'png' })
  const candidates = set.split(', ').map(candidate => candidate.split(' '))
  t.strictSame(
    candidates.map(([, descriptor]) => descriptor),
    ['220w', '440w', '660w'],
  )
  const [small, middle, large] = await Promise.all(candidates.map(async ([url = '']) => reduced(url)))
  t.ok(meanDifference(small!, large!) < 6, `${meanDifference(small!, large!)} of 255`)
  t.ok(meanDifference(middle!, large!) < 6, `${meanDifference(middle!, large!)} of 255`)
  const unscaled = await reduced(
    await client.url(id, [{ op: 'resize', w: 200, h: 150 }, ...decorations], { format: 'png' }),
  )
  t.ok(meanDifference(unscaled, large!) > 20, `${meanDifference(unscaled, large!)} without scaled options`)
})
