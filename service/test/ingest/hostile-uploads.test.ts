import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from '../support/build.ts'
import {
  pdfOfForms,
  pdfOfLoop,
  pngWithChunks,
  svgOfFilters,
  svgOfMasks,
  svgOfPath,
  svgOfUses,
  tiffOfPages,
} from '../support/hostile-files.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { inspectionProcessesOf, skipWithoutProc } from '../support/render-processes.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const budget = { DARKROOM_INSPECTION_SECONDS: '1', DARKROOM_INSPECTION_MB: '128', DARKROOM_CONCURRENCY: '2' }
const good = await photo(64, 48).jpeg().toBuffer()

const linuxOnly = { skip: skipWithoutProc }

t.test('hostile uploads stay within their budget', linuxOnly, async t => {
  const bench = await build(t, budget)
  const other = await bench.join('other@example.com')
  await other.upload(good)
  const refused: [name: string, file: Buffer][] = [
    ['filters', svgOfFilters(20, 10)],
    ['masks', svgOfMasks(100, 100)],
    ['a path', svgOfPath(30_000)],
    ['forms', pdfOfForms(7)],
    ['a form in itself', pdfOfLoop()],
  ]
  // two at a time, which is what a user may inspect while others are active
  for (let at = 0; at < refused.length; at += 2) {
    const pair = refused
      .slice(at, at + 2)
      .map(async ([name, file]) => isProblemResponse(t, await bench.tryUpload(file), 'too-complex', name))
    t.equal((await other.upload(good)).format, 'jpg', 'another user is served')
    await Promise.all(pair)
  }
  t.equal((await bench.tryUpload(svgOfUses(9))).status, 422, 'uses')
  t.equal((await bench.upload(tiffOfPages(5_000))).pages, 5_000)
  const { id } = await bench.upload(await pngWithChunks('zTXt', 10, 20e6))
  const before = process.resourceUsage().maxRSS
  await ingested(bench.app.database, id)
  const url = await bench.sign({ imageId: id, operations: [{ op: 'resize', w: 9 }], format: 'png' })
  t.ok((await bytesOf(await bench.get(url))).length < 500, 'the texts are not in a derivative')
  t.ok(process.resourceUsage().maxRSS - before < 200_000, 'nor have they taken memory')
  const staging = join(bench.environment.DARKROOM_DATA_DIR!, 'spool')
  t.strictSame(await readdir(staging), [], 'no file is left')
})

t.test(
  'inspections leave slots to other users, and end when their clients disconnect',
  linuxOnly,
  async t => {
    const bench = await build(t, { DARKROOM_INSPECTION_SECONDS: '600', DARKROOM_CONCURRENCY: '2' })
    const other = await bench.join('other@example.com')
    await other.upload(good)
    const inspecting = () => bench.app.engine.load.inspecting
    const leaving = new AbortController()
    const uploads = [1, 2].map(async () => {
      const body = new FormData()
      body.set('file', new Blob([new Uint8Array(svgOfFilters(20, 10))]), 'picture.svg')
      const request = bench.get('/api/v1/images', { method: 'POST', body, signal: leaving.signal })
      await t.rejects(request, { name: 'AbortError' })
    })
    await until('both are inspected', 10_000, () => inspecting() === 2)
    const costly = await inspectionProcessesOf(process.pid)
    t.equal((await other.upload(good)).format, 'jpg')
    t.equal(inspecting(), 2, 'another user does not wait for them')
    leaving.abort()
    await Promise.all(uploads)
    await until('both end', 5000, () => inspecting() === 0)
    const left = await inspectionProcessesOf(process.pid)
    t.ok(costly.filter(pid => left.includes(pid)).length <= 1, 'their processes are killed')
  },
)
