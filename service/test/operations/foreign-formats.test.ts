import sharp from 'sharp'
import { pngChunk } from '../../engine/metadata/png-chunk.ts'
import { type Bench, build } from '../support/build.ts'
import { cornersSvg, drawCorners, render, showsCorners } from '../support/corners.ts'
import { corners, cornersBitmap, cornersHeic, icon, pdf } from '../support/foreign-files.ts'
import { draw } from '../support/pictures.ts'
import { readPixels } from '../support/pixel-reader.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'

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
  // ignored, because it does not begin with the header of a bitmap
  { data: Buffer.alloc(64, 0xaa), side: 64 },
])

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

t.test('damaged and oversized files are rejected', async t => {
  const bench = await build(t)
  const noise = Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.alloc(200, 0x55)])
  const files: [name: string, file: Buffer, code: 'undecodable' | 'too-many-pixels'][] = [
    ['a huge bitmap', cornersBitmap(4, 4).fill(0x7f, 18, 21).fill(0x7f, 22, 24), 'too-many-pixels'],
    ['a truncated HEIC', cornersHeic.subarray(0, 700), 'undecodable'],
    ['a PDF without its pages', document.subarray(0, 60), 'undecodable'],
    ['a truncated icon', icons.subarray(0, 60), 'undecodable'],
    ['an icon without pictures', icon([{ data: Buffer.alloc(64, 0xaa), side: 64 }]), 'undecodable'],
    ['a JPEG XL of noise', noise, 'undecodable'],
  ]
  for (const [name, file, code] of files) {
    const detail = await isProblemResponse(t, await bench.tryUpload(file), code, name)
    t.ok(detail.length > 20, `${name}: ${detail}`)
  }
  const valid = await bench.upload(cornersBitmap(60, 40))
  await showsCorners(t, await render(bench, `${valid.id}_resize_w-30.png`), 'valid files still render')
})
