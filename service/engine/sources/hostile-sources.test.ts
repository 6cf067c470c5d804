import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { pngWithChunks, tiffOfPages } from '../../test/support/hostile-files.ts'
import t, { type Test } from '../../test/support/tap.ts'
import { pngChunk } from '../metadata/png-chunk.ts'
import { inspectFile } from './inspect.ts'
import { configureLibvips, openSource } from './libvips.ts'
import { mayNeedBounds, withBoundedTexts } from './png-texts.ts'
import { isTiff, readDirectories, withFewPages } from './tiff-directories.ts'

configureLibvips()

async function inspect(t: Test, file: Buffer) {
  const path = join(t.testdir(), 'file')
  await writeFile(path, file)
  return (await inspectFile(path, 1e6)).facts
}

const cpuMs = (since?: NodeJS.CpuUsage) => process.cpuUsage(since).user / 1000

t.test('only the first 200 of 20,000 pages of a TIFF are inspected and opened', async t => {
  const file = tiffOfPages(20_000)
  const before = process.cpuUsage()
  const facts = await inspect(t, file)
  t.match(facts, { format: 'tiff', width: 1, height: 1, pages: 20_000 })
  t.equal(facts.pageSizes?.length, 200)
  t.equal((await openSource(file, 1e6, { page: 200 }).metadata()).pages, 200)
  t.ok(cpuMs(before) < 2_000, 'in linear time')
  const few = tiffOfPages(200)
  t.equal(withFewPages(few), few, 'a TIFF within the page limit is not copied')
  t.match(await inspect(t, few), { pages: 200, pageSizes: undefined })
})

t.test('the directory of a BigTIFF is read', async t => {
  const image = sharp({ create: { width: 6, height: 4, channels: 3, background: 'teal' } })
  const file = await image.tiff({ bigtiff: true }).toBuffer()
  t.ok(isTiff(file))
  const sizes = readDirectories(file, 9).map(entry => [entry.get(256), entry.get(257)])
  t.strictSame(sizes, [[6, 4]])
})

t.test('a TIFF whose directories form a cycle is read without an endless loop', async t => {
  const file = tiffOfPages(3)
  const last = file.length - 4
  file.writeUInt32LE(10, last)
  t.equal(readDirectories(file, 99).length, 3)
  t.equal(withFewPages(file), file)
})

t.test('texts of a PNG that inflate to many bytes are removed, on upload and in renders', async t => {
  for (const [name, bytes] of [
    ['zTXt', 6e6],
    ['iTXt', 6e6],
    ['iCCP', 18e6],
  ] as const) {
    const file = await pngWithChunks(name, 2, bytes)
    t.ok(mayNeedBounds(file.subarray(0, 65_536)), name)
    const bounded = withBoundedTexts(file)
    t.ok(bounded.length < 1_000, `${name}: ${bounded.length} bytes are left`)
    t.match(await inspect(t, file), { width: 20, height: 20 })
    const { comments = [], icc } = await openSource(file, 1e6).metadata()
    t.strictSame([comments.length, icc], [0, undefined], name)
  }
})

t.test('usual texts and profiles of a PNG are kept', async t => {
  const plain = sharp({ create: { width: 9, height: 9, channels: 3, background: 'teal' } })
  const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/">${'<!-- history -->'.repeat(5_000)}</x:xmpmeta>`
  const png = await plain.withMetadata({ icc: 'p3' }).withXmp(xmp).png().toBuffer()
  const note = Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), deflateSync(Buffer.alloc(50_000, 65))])
  const noted = Buffer.concat([png.subarray(0, 33), ...pngChunk('zTXt', note), png.subarray(33)])
  t.equal(withBoundedTexts(noted), noted)
  const { comments, icc, xmp: kept } = await openSource(noted, 1e6).metadata()
  t.equal(comments?.[0]?.text.length, 50_000)
  t.ok(icc && kept)
  const cut = (await pngWithChunks('zTXt', 1, 6e6)).subarray(0, 20)
  t.equal(withBoundedTexts(cut).length, 20, 'a cut file stays as it is')
})
