import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../support/build.ts'
import {
  pdfOfForms,
  pdfOfLoop,
  pngWithChunks,
  svgOfFilters,
  svgOfMasks,
  tiffOfPages,
} from '../support/hostile-files.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { inspectionProcessesOf, skipWithoutProc } from '../support/render-processes.ts'
import { bytesOf } from '../support/session.ts'
import { until } from '../support/until.ts'

const budget = { DARKROOM_INSPECTION_SECONDS: '1', DARKROOM_INSPECTION_MB: '128', DARKROOM_CONCURRENCY: '2' }
const good = await photo(64, 48).jpeg().toBuffer()

t.test('hostile uploads stay within their budget', { skip: skipWithoutProc }, async t => {
  const bench = await build(t, budget)
  const other = await bench.join('other@example.com')
  await other.upload(good)
  const refused: [name: string, file: Buffer][] = [
    ['filters', svgOfFilters(20, 10)],
    ['masks', svgOfMasks(100, 100)],
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
  t.equal((await bench.upload(tiffOfPages(5_000))).pages, 5_000)
  const { id } = await bench.upload(await pngWithChunks('zTXt', 10, 20e6))
  const url = await bench.sign({ imageId: id, operations: [{ op: 'resize', w: 9 }], format: 'png' })
  t.ok((await bytesOf(await bench.get(url))).length < 500, 'the texts are not in a derivative')
  const staging = join(bench.environment.DARKROOM_DATA_DIR!, 'spool')
  t.strictSame(await readdir(staging), [], 'no file is left')
})

t.test('an inspection ends when its client disconnects', { skip: skipWithoutProc }, async t => {
  const bench = await build(t, { DARKROOM_INSPECTION_SECONDS: '600' })
  await bench.upload(good)
  const [first] = await inspectionProcessesOf(process.pid)
  const leaving = new AbortController()
  const body = new FormData()
  body.set('file', new Blob([new Uint8Array(svgOfFilters(20, 10))]), 'picture.svg')
  const upload = bench.get('/api/v1/images', { method: 'POST', body, signal: leaving.signal })
  await until('the inspection runs', 5000, () => bench.app.engine.load.inspecting === 1)
  const rejected = t.rejects(upload)
  leaving.abort()
  await rejected
  await until('its process is replaced', 5000, async () => {
    const [running] = await inspectionProcessesOf(process.pid)
    return running !== undefined && running !== first
  })
  t.equal((await bench.upload(good)).format, 'jpg')
})
