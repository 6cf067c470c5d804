import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { pngChunk, pngSignature } from '../../engine/metadata/png-chunk.ts'
import type { NetworkPolicy } from '../../net/network-policy.ts'
import { build } from '../support/build.ts'
import { complete, putNew } from '../support/direct.ts'
import { startHttpServer } from '../support/http-server.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'

/** Lets imports reach this machine. */
const networkPolicy: NetworkPolicy = { resolve: async () => ['127.0.0.1'], allows: () => true }
const bench = await build(t, {}, networkPolicy)
const whole = await photo(160, 120).jpeg({ quality: 90 }).toBuffer()
const part = (share: number) => whole.subarray(0, Math.floor(whole.length * share))

const render = async (id: string, format: string) => {
  const response = await bench.get(await bench.sign(`/processed/${bench.userId}/${id}.${format}`))
  return { note: response.headers.get('darkroom-note'), data: await bytesOf(response) }
}

t.test('a JPEG without its end marker is accepted as it is', async t => {
  const image = await bench.upload(whole.subarray(0, -2))
  t.equal(image.truncated, undefined)
  for (const format of ['png', 'jpg']) {
    const { note, data } = await render(image.id, format)
    t.equal(note, null)
    const { info } = await sharp(data, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true })
    t.match(info, { width: 160, height: 120 }, `${format}: all pixels`)
  }
})

t.test('a JPEG without its last part is shown with grey in its place, and marked as truncated', async t => {
  const image = await bench.upload(part(0.9))
  t.equal(image.truncated, true)
  const shown = (await (await bench.get(`/api/v1/images/${image.id}`)).json()) as { truncated?: boolean }
  t.equal(shown.truncated, true, 'the mark is stored')
  for (const format of ['png', 'jpg']) {
    const { note, data } = await render(image.id, format)
    t.equal(note, 'truncated', `${format}: the note`)
    const pixels = await sharp(data, { failOn: 'warning' }).removeAlpha().raw().toBuffer()
    const last = [...pixels.subarray(-3)]
    t.ok(
      last.every(value => Math.abs(value - 128) < 8),
      `${format}: the last pixel is grey, ${last}`,
    )
  }
  await isProblemResponse(t, await bench.tryUpload(part(0.6)), 'undecodable', 'too much is missing')
})

t.test('a progressive JPEG without its last scans is marked as truncated', async t => {
  const scans = await photo(160, 120).jpeg({ quality: 90, progressive: true }).toBuffer()
  t.equal((await bench.upload(scans.subarray(0, -2))).truncated, undefined, 'only the end marker is missing')
  for (const share of [0.5, 0.99]) {
    const image = await bench.upload(scans.subarray(0, Math.floor(scans.length * share)))
    t.equal(image.truncated, true, `${share} of the file`)
    const { note, data } = await render(image.id, 'png')
    t.equal(note, 'truncated')
    t.match(await sharp(data).metadata(), { width: 160, height: 120 })
  }
})

t.test('rejectTruncated refuses a damaged file, however it is sent', async t => {
  const setTo = async (rejectTruncated: boolean) =>
    t.match(await read(await callJson(bench, 'PATCH', '/api/v1/me', { rejectTruncated })), {
      rejectTruncated,
      fallback: null,
    })
  const cut = part(0.95)
  const wrongPng = pngOf([{ data: wrongEnd(deflated) }])
  const port = await startHttpServer(t, (_, response) => response.end(cut))
  const url = `http://pictures.test:${port}/cut.jpg`
  t.match(await read(await bench.get('/api/v1/me')), { rejectTruncated: false }, 'not by default')
  await setTo(true)
  const refused = [
    await bench.tryUpload(cut),
    await bench.tryUpload(wrongPng),
    await complete(bench, (await putNew(bench, cut)).id),
    await callJson(bench, 'POST', '/api/v1/images/import', { url }),
  ]
  for (const response of refused)
    t.match(
      await isProblemResponse(t, response, 'undecodable'),
      /part .* is missing or damaged.*rejectTruncated/,
    )
  t.equal((await bench.upload(whole.subarray(0, -2))).truncated, undefined, 'the end marker may be missing')
  await isProblemResponse(
    t,
    await callJson(bench, 'PATCH', '/api/v1/me', { rejectTruncated: 'yes' }),
    'bad-request',
  )
  await setTo(false)
  t.equal((await bench.upload(cut)).truncated, true)
})

t.test('a JPEG with a wrong restart marker is accepted', async t => {
  const image = await bench.upload(await withWrongRestart())
  t.match(image, { width: 64, height: 8 })
  t.ok((await render(image.id, 'png')).data.length > 0)
})

const [pngWidth, pngHeight] = [64, 48]
const pngRows = await photo(pngWidth, pngHeight).raw().toBuffer()
const rowBytes = 3 * pngWidth
/** Rows as a PNG stores them, without a filter. */
const storedRows = (count: number) =>
  Buffer.concat(
    Array.from({ length: count }, (_, y) => [
      Buffer.alloc(1),
      pngRows.subarray(y * rowBytes, (y + 1) * rowBytes),
    ]).flat(),
  )
const deflated = deflateSync(storedRows(pngHeight))

/** A chunk with pixels, by default whole and with a right checksum. */
interface PixelChunk {
  readonly data: Buffer
  readonly isWrong?: boolean
}

const wrongEnd = (data: Buffer) =>
  Buffer.concat([data.subarray(0, -1), Buffer.from([~(data.at(-1) ?? 0) & 0xff])])

function pngOf(pixels: readonly PixelChunk[], before: readonly Buffer[] = []): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(pngWidth, 0)
  header.writeUInt32BE(pngHeight, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const chunks = pixels.map(({ data, isWrong }) => {
    const chunk = Buffer.concat(pngChunk('IDAT', data))
    return isWrong ? wrongEnd(chunk) : chunk
  })
  const end = pngChunk('IEND', Buffer.alloc(0))
  return Buffer.concat([pngSignature, ...pngChunk('IHDR', header), ...before, ...chunks, ...end])
}

/** Cuts data into equal parts. */
const inParts = (data: Buffer, count: number): PixelChunk[] => {
  const bytes = Math.ceil(data.length / count)
  return Array.from({ length: count }, (_, at) => ({ data: data.subarray(at * bytes, (at + 1) * bytes) }))
}

/** `rows`: the first rows that are shown; undefined if the file is refused. */
type DamagedPng = readonly [name: string, file: Buffer, rows: number | undefined, isMarked: boolean]

/** Chromium 156 shows the same rows, and none of a PNG with a wrong checksum before its last pixels. */
async function damagedPngs(): Promise<DamagedPng[]> {
  const wholePng = pngOf(inParts(deflated, 4))
  const withWrongPart = (wrong: number) =>
    pngOf(inParts(deflated, 4).map((part, at) => ({ ...part, isWrong: at === wrong })))
  const garbled = Buffer.from(deflated).fill(0xff, Math.floor(deflated.length * 0.9))
  const wrongGamma = wrongEnd(Buffer.concat(pngChunk('gAMA', Buffer.from('000186a0', 'hex'))))
  const wrongHeader = Buffer.from(wholePng).fill(0xaa, 29, 33)
  const interlaced = await photo(pngWidth, pngHeight).png({ progressive: true }).toBuffer()
  return [
    ['without IEND', wholePng.subarray(0, -12), pngHeight, false],
    ['with a wrong checksum of gAMA', pngOf([{ data: deflated }], [wrongGamma]), pngHeight, false],
    ['with a wrong checksum of zlib', pngOf([{ data: wrongEnd(deflated) }]), pngHeight, true],
    ['without the checksum of zlib', pngOf([{ data: deflated.subarray(0, -4) }]), pngHeight, true],
    ['with a wrong checksum of its first pixels', withWrongPart(0), pngHeight, true],
    ['with a wrong checksum of its last pixels', withWrongPart(3), pngHeight, true],
    ['without the checksum of its last pixels', wholePng.subarray(0, -14), pngHeight, true],
    ['with 40 of its rows', pngOf([{ data: deflateSync(storedRows(40)) }]), 40, true],
    ['with garbled data in its last part', pngOf([{ data: garbled }]), 42, true],
    ['cut in its last part', wholePng.subarray(0, Math.ceil(wholePng.length * 0.8)), 36, true],
    ['cut in the middle', wholePng.subarray(0, wholePng.length / 2), undefined, true],
    ['with a wrong checksum of its header', wrongHeader, undefined, true],
    ['interlaced, with a wrong checksum', wrongEnd(interlaced.subarray(0, -12)), pngHeight, true],
    ['interlaced, cut in its last part', interlaced.subarray(0, -200), undefined, true],
  ]
}

t.test('a damaged PNG is shown as far as its pixels are there', async t => {
  for (const [name, file, rows, isMarked] of await damagedPngs()) {
    const response = await bench.tryUpload(file)
    if (rows === undefined) {
      await isProblemResponse(t, response, 'undecodable', name)
      continue
    }
    const image = await read<{ id: string; truncated?: boolean }>(response, 201)
    t.equal(image.truncated, isMarked || undefined, `${name}: the mark`)
    const { note, data } = await render(image.id, 'png')
    t.equal(note, isMarked ? 'truncated' : null, `${name}: the note`)
    const shown = await sharp(data, { failOn: 'warning' }).raw().toBuffer()
    const rowOf = (of: Buffer, y: number) => of.subarray(y * rowBytes, (y + 1) * rowBytes)
    const isShown = Array.from({ length: pngHeight }, (_, y) => rowOf(shown, y).equals(rowOf(pngRows, y)))
    t.equal(isShown.lastIndexOf(true) + 1, rows, `${name}: the rows`)
    t.notOk(isShown.slice(0, rows).includes(false), `${name}: none is missing between them`)
    if (rows < pngHeight)
      t.same(rowOf(shown, pngHeight - 1), Buffer.alloc(rowBytes), `${name}: the rest is black`)
  }
})

/** A grey JPEG of 64x8 with a restart marker after each block, the fifth of which has the number of another. */
async function withWrongRestart(): Promise<Buffer> {
  const pixels = { raw: { width: 8, height: 8, channels: 1 } } as const
  const block = await sharp(Buffer.alloc(64, 90), pixels).toColourspace('b-w').jpeg().toBuffer()
  const frame = block.indexOf(Buffer.from('ffc0', 'hex'))
  const scan = block.indexOf(Buffer.from('ffda', 'hex'))
  const data = scan + 2 + block.readUInt16BE(scan + 2)
  const head = Buffer.from(block.subarray(0, scan))
  head.writeUInt16BE(64, frame + 7)
  const coded = block.subarray(data, -2)
  const blocks = [0, 1, 2, 3, 7, 5, 6].map(number =>
    Buffer.concat([coded, Buffer.from([0xff, 0xd0 + number])]),
  )
  const interval = Buffer.from('ffdd00040001', 'hex')
  const end = Buffer.from('ffd9', 'hex')
  return Buffer.concat([head, interval, block.subarray(scan, data), ...blocks, coded, end])
}
