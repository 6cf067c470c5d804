import sharp from 'sharp'
import t, { type Test } from 'tap'
import { pngChunk } from '../../engine/metadata/png-chunk.ts'
import { type Bench, build } from '../support/build.ts'
import { cornerAt, corners, cornersBitmap, cornersHeic, icon, pdf } from '../support/foreign-files.ts'
import { startHttpServer } from '../support/http-server.ts'
import { compare, draw } from '../support/pictures.ts'
import { readPixels } from '../support/pixel-reader.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf } from '../support/session.ts'

/** The four areas, drawn by sharp. */
const drawCorners = (width: number, height: number) =>
  draw(width, height, (x, y) => cornerAt(x, y, width, height))
const rgb = (color: readonly number[]) => `rgb(${color.join(',')})`
const svg = (inside: string, size = 'width="60" height="40"') =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 60 40">${inside}</svg>`)
const areas = corners.map(
  (color, index) =>
    `<rect x="${(index % 2) * 30}" y="${index < 2 ? 0 : 20}" width="30" height="20" fill="${rgb(color)}"/>`,
)
const cornersSvg = svg(areas.join(''))
/** In a PDF the y axis points up. */
const cornersPage = corners
  .map((color, index) => {
    const [x, y] = [(index % 2) * 72, index < 2 ? 48 : 0]
    return `${color.map(value => value / 255).join(' ')} rg ${x} ${y} 72 48 re f`
  })
  .join('\n')
const document = pdf([
  { size: [144, 96], draw: cornersPage },
  { size: [72, 144], draw: '0 0 1 rg 0 0 72 144 re f' },
])
const icons = icon([
  { data: await drawCorners(16, 16).png().toBuffer(), side: 16 },
  { data: await drawCorners(48, 48).png().toBuffer(), side: 48 },
])

/** Fetches a derivative's bytes. */
async function render(bench: Bench, path: string): Promise<Buffer> {
  return bytesOf(await bench.get(await bench.sign(`/processed/${bench.userId}/${path}`)))
}

/** Checks that the four areas are in their places; edges may be soft. */
async function showsCorners(t: Test, image: Buffer, name: string) {
  const { width = 0, height = 0 } = await sharp(image).metadata()
  const { mean } = await compare(
    await sharp(image).removeAlpha().png().toBuffer(),
    drawCorners(width, height),
  )
  t.ok(mean < 6, `${name}: the pixels differ by ${mean.toFixed(1)}`)
}

async function keysOf(bench: Bench, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const key of bench.app.store.list(prefix)) keys.push(key)
  return keys.sort()
}

t.test('formats that libvips does not read are uploaded and converted like any other', async t => {
  const bench = await build(t)
  const first = await bench.upload(await drawCorners(120, 80).png().toBuffer())
  const jxl = await render(bench, `${first.id}_encode_q-90.jxl`)
  t.equal(jxl.readUInt16BE(0), 0xff0a, 'a JPEG XL codestream')
  // Display P3 by the code points of PNG's chunk cICP
  const red = await draw(40, 30, () => [200, 50, 50])
    .png()
    .toBuffer()
  const points = Buffer.concat(pngChunk('cICP', Buffer.from([12, 13, 0, 1])))
  const p3 = await bench.upload(Buffer.concat([red.subarray(0, 33), points, red.subarray(33)]))
  const shown = await readPixels(await render(bench, `${p3.id}_resize_w-20.png`))
  t.strictSame(shown.at(5, 5), [218, 24, 40, 255], 'a PNG with code points is converted to sRGB')
  const files: [name: string, file: Buffer, size: object, type: string][] = [
    ['bmp', cornersBitmap(121, 80), { width: 121, height: 80, pages: 1 }, 'image/bmp'],
    ['ico', icons, { width: 48, height: 48, pages: 2 }, 'image/vnd.microsoft.icon'],
    ['pdf', document, { width: 300, height: 200, pages: 2 }, 'application/pdf'],
    ['svg', cornersSvg, { width: 60, height: 40, pages: 1 }, 'image/svg+xml'],
    ['heic', cornersHeic, { width: 64, height: 48, pages: 1 }, 'image/heic'],
    ['jxl', jxl, { width: 120, height: 80, pages: 1 }, 'image/jxl'],
  ]
  for (const [format, file, size, type] of files) {
    const image = await bench.upload(file)
    t.match(image, { format, bytes: file.length, ...size }, format)
    await showsCorners(t, await render(bench, `${image.id}_resize_w-40.png`), `${format} to png`)
    await showsCorners(t, await render(bench, `${image.id}_encode_q-95.webp`), `${format} to webp`)
    const raw = await bench.get(image.rawUrl)
    t.equal(raw.headers.get('content-type'), type)
    const policy = format === 'svg' || format === 'pdf' ? /^sandbox; default-src 'none'/ : undefined
    t.match(
      raw.headers.get('content-security-policy') ?? undefined,
      policy,
      `${format}: its scripts are blocked`,
    )
    t.ok((await bytesOf(raw)).equals(file), `${format}: the original is unchanged`)
  }
})

t.test('each page is decoded once, and its rung is deleted with the image', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(document)
  const rungs = `rungs/${bench.userId}/${id}-p`
  t.strictSame(await keysOf(bench, rungs), [`${rungs}1.png`], 'the first page at upload')
  const second = await sharp(await render(bench, `${id}_page_n-2.png`))
    .raw()
    .toBuffer({ resolveWithObject: true })
  t.match(second.info, { width: 150, height: 300 })
  t.strictSame([...second.data.subarray(0, 3)], [0, 0, 255])
  t.strictSame(
    await keysOf(bench, rungs),
    [`${rungs}1.png`, `${rungs}2.png`],
    'the second page at its first use',
  )
  await isProblemResponse(t, await requestSignature(bench, `${id}_page_n-3.png`), 'not-applicable')

  const { id: small } = await bench.upload(icons)
  const smallest = await render(bench, `${small}_page_n-2.png`)
  t.match(await sharp(smallest).metadata(), { width: 16, height: 16 })
  await showsCorners(t, smallest, 'the smaller icon')

  await bench.app.store.delete([`${rungs}1.png`])
  const again = await bench.restart()
  const [one] = await Promise.all([
    render(again, `${id}_resize_w-100.png`),
    render(again, `${id}_resize_w-90.png`),
  ])
  await showsCorners(t, one, 'after its rung was lost')
  t.equal((await keysOf(again, rungs)).length, 2, 'the rung was rebuilt')
  await again.get(`/api/v1/images/${id}`, { method: 'DELETE' })
  t.strictSame(await keysOf(again, rungs), [], 'rungs are deleted with the image')
})

/** Requests a signature that the API may refuse. */
async function requestSignature(bench: Bench, path: string): Promise<Response> {
  return bench.get('/api/v1/sign', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ path: `/processed/${bench.userId}/${path}` }),
  })
}

t.test('an SVG is rendered at the requested size', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(cornersSvg)
  const large = await render(bench, `${id}_resize_w-600.png`)
  t.match(await sharp(large).metadata(), { width: 600, height: 400 })
  const { mean, max } = await compare(large, drawCorners(600, 400))
  t.ok(mean < 0.01 && max < 3, `edges are sharp: they differ by ${mean.toFixed(3)}, at most ${max}`)
  const narrow = await render(bench, `${id}_resize_w-100,h-300,fit-fill.png`)
  t.match(await sharp(narrow).metadata(), { width: 100, height: 300 })
  await showsCorners(t, narrow, 'distorted')

  const old = await bench.upload(
    Buffer.from(
      `<?xml version="1.0" encoding="ISO-8859-1"?>
    <!DOCTYPE svg [<!ENTITY red "rgb(220,40,40)">]><!-- caf\xe9 -->
    <svg width="60" height="40"><rect width="60" height="40" fill="&red;"/></svg>`,
      'latin1',
    ),
  )
  const dot = await sharp(await render(bench, `${old.id}_resize_w-2.png`))
    .raw()
    .toBuffer()
  t.strictSame([...dot.subarray(0, 3)], [220, 40, 40], 'old encodings, entities and no namespace')
})

t.test('an SVG with one side and a viewBox gets the other side by the ratio', async t => {
  const bench = await build(t)
  const sizes: [attributes: string, width: number, height: number][] = [
    ['width="200" viewBox="0 0 100 50"', 200, 100],
    ['height="24" viewBox="0 0 512 512"', 24, 24],
    ['width="100%" height="24" viewBox="0 0 512 256"', 48, 24],
    ["width='1in' height='50%' viewBox='0,0,40,20'", 96, 48],
    ['width="50%" viewBox="0 0 40 20"', 40, 20],
    ['width="30" height="30" viewBox="0 0 40 20"', 30, 30],
  ]
  for (const [attributes, width, height] of sizes) {
    const drawing = `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}><rect width="512" height="512"/></svg>`
    t.match(await bench.upload(Buffer.from(drawing)), { width, height }, attributes)
  }
})

t.test('an SVG shows custom properties and modern colours', async t => {
  const bench = await build(t)
  const fills = [
    ['style="fill:var(--c)"', 0, 255, 0],
    ['fill="var(--fill-0, #0f0)"', 0, 255, 0],
    ['fill="var(--nested)"', 0, 255, 0],
    ['fill="rgb(0 255 0 / 100%)"', 0, 255, 0],
    ['fill="hsl(120deg 100% 50%)"', 0, 255, 0],
    ['fill="hwb(240 0% 0%)"', 0, 0, 255],
    ['fill="oklch(62.8% 0.2577 29.23)"', 255, 0, 0],
    ['fill="color(display-p3 0.784 0.196 0.196)"', 218, 24, 40],
  ] as const
  const rects = fills.map(([fill], index) => `<rect x="${index * 10}" width="10" height="10" ${fill}/>`)
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="10">
    <style>:root{--c:#0f0;--nested:var(--c)}</style>${rects.join('')}</svg>`
  const { id } = await bench.upload(Buffer.from(drawing))
  const pixels = await sharp(await render(bench, `${id}_resize_w-80.png`))
    .removeAlpha()
    .raw()
    .toBuffer()
  for (const [index, [fill, ...expected]] of fills.entries()) {
    const at = 3 * (5 * 80 + index * 10 + 5)
    const distance = Math.max(
      ...expected.map((value, channel) => Math.abs(value - (pixels[at + channel] ?? 0))),
    )
    t.ok(distance <= 2, `${fill}: ${[...pixels.subarray(at, at + 3)].join(',')}`)
  }
})

t.test('an SVG makes no requests, and decompression bombs are rejected', async t => {
  const bench = await build(t)
  let requests = 0
  const port = await startHttpServer(t, (_, response) => {
    requests++
    response.end()
  })
  const base = `http://127.0.0.1:${port}`
  const reaching = svg(`<style>@import url(${base}/a.css);</style><script>fetch("${base}/b")</script>
    <image href="${base}/c.png" width="60" height="40"/><image href="file:///etc/hostname" width="9" height="9"/>
    <rect width="60" height="40" fill="#00ff00"/>`)
  const { id } = await bench.upload(reaching)
  const dot = await sharp(await render(bench, `${id}_resize_w-2.png`))
    .raw()
    .toBuffer()
  t.strictSame([...dot.subarray(0, 3)], [0, 255, 0])
  t.equal(requests, 0, 'no request was made')

  const layers = Array.from(
    { length: 9 },
    (_, index) => `<g id="u${index + 1}">${`<use href="#u${index}"/>`.repeat(10)}</g>`,
  )
  const entities = Array.from(
    { length: 9 },
    (_, index) => `<!ENTITY e${index + 1} "${`&e${index};`.repeat(10)}">`,
  )
  const bombs: [name: string, file: Buffer, code: 'undecodable' | 'too-many-pixels'][] = [
    [
      'nested use',
      svg(`<rect id="u0" width="1" height="1"/>${layers.join('')}<use href="#u9"/>`),
      'undecodable',
    ],
    [
      'a billion laughs',
      Buffer.from(`<!DOCTYPE svg [<!ENTITY e0 "ha">${entities.join('')}]>${svg('<text>&e9;</text>')}`),
      'undecodable',
    ],
    ['a huge SVG', svg('', 'width="1000000" height="1000000"'), 'too-many-pixels'],
    ['a huge bitmap', cornersBitmap(4, 4).fill(0x7f, 18, 21).fill(0x7f, 22, 24), 'too-many-pixels'],
    ['a truncated SVG', cornersSvg.subarray(0, 200), 'undecodable'],
    ['a truncated HEIC', cornersHeic.subarray(0, 700), 'undecodable'],
    ['a PDF without its pages', document.subarray(0, 60), 'undecodable'],
    ['a truncated icon', icons.subarray(0, 60), 'undecodable'],
    [
      'a JPEG XL of noise',
      Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.alloc(200, 0x55)]),
      'undecodable',
    ],
  ]
  for (const [name, file, code] of bombs) {
    const detail = await isProblemResponse(t, await bench.tryUpload(file), code, name)
    t.ok(detail.length > 20, `${name}: ${detail}`)
  }
  await showsCorners(
    t,
    await render(bench, `${(await bench.upload(cornersSvg)).id}_resize_w-30.png`),
    'valid files still render',
  )
})
