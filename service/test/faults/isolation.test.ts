import sharp from 'sharp'
import { type Bench, build } from '../support/build.ts'
import { cornersBitmap } from '../support/foreign-files.ts'
import { ingested } from '../support/ingested.ts'
import { animation, draw, photo } from '../support/pictures.ts'
import { portrait } from '../support/portrait.ts'
import { isProblemResponse } from '../support/problem.ts'
import { renderProcessesOf, skipWithoutProc } from '../support/render-processes.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'

const isolated = { DARKROOM_ISOLATION: 'process' }
const drawing = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><circle cx="150" cy="100" r="80" fill="#c33"/></svg>',
)

const originals = {
  photo: await photo(600, 400).jpeg().toBuffer(),
  framed: await draw(120, 80, (x, y) => (Math.hypot(x - 50, y - 40) < 30 ? [200, 40, 40] : [255, 255, 255]))
    .png()
    .toBuffer(),
  portrait: await portrait(),
  animation: await animation(90),
  drawing,
  bitmap: cornersBitmap(20, 10),
  large: await photo(1400, 900).png({ compressionLevel: 1 }).toBuffer(),
}

type Chain = readonly Readonly<Record<string, unknown>>[]

/** Renders derivatives that need different parts of the engine. Returns their bytes by name. */
async function developAll(bench: Bench): Promise<Map<string, Buffer>> {
  const ids = new Map<string, string>()
  for (const [name, file] of Object.entries(originals)) ids.set(name, (await bench.upload(file)).id)
  for (const id of ids.values()) await ingested(bench.app.database, id)
  const photoId = ids.get('photo')!
  await read(await callJson(bench, 'PATCH', `/api/v1/images/${photoId}`, { focal: { x: 0.9, y: 0.2 } }))
  const chains: [original: string, Chain, format: string][] = [
    ['photo', [{ op: 'resize', w: 300 }], 'jpg'],
    ['photo', [{ op: 'resize', w: 300 }, { op: 'sharpen' }], 'avif'],
    [
      'photo',
      [
        { op: 'resize', w: 200 },
        { op: 'encode', q: 'auto' },
      ],
      'webp',
    ],
    ['photo', [{ op: 'crop', w: 100, h: 100, g: 'focal' }], 'png'],
    ['photo', [{ op: 'overlay', i: ids.get('framed'), g: 'southeast' }], 'jpg'],
    ['photo', [{ op: 'resize', w: 100 }], 'jxl'],
    ['framed', [{ op: 'trim' }, { op: 'rotate', a: 10 }], 'png'],
    ['portrait', [{ op: 'crop', w: 200, h: 200, g: 'face' }], 'png'],
    ['animation', [{ op: 'resize', w: 40 }], 'webp'],
    ['drawing', [{ op: 'resize', w: 250 }], 'png'],
    ['bitmap', [{ op: 'resize', w: 7 }], 'png'],
    // from a ladder rung
    [
      'large',
      [
        { op: 'resize', w: 200 },
        { op: 'blur', s: 2 },
      ],
      'jpg',
    ],
    ['portrait', [{ op: 'info' }], 'json'],
  ]
  const results = new Map<string, Buffer>()
  for (const [original, operations, format] of chains) {
    const url = await bench.sign({ imageId: ids.get(original)!, operations, format })
    const ops = operations.map(({ op }) => op).join(' ')
    results.set(`${original} ${ops} ${format}`, await bytesOf(await bench.get(url)))
  }
  return results
}

t.test('isolated rendering returns the same bytes', { skip: skipWithoutProc }, async t => {
  const here = await developAll(await build(t))
  t.strictSame(await renderProcessesOf(process.pid), [], 'no render process runs without isolation')
  const bench = await build(t, isolated)
  const there = await developAll(bench)
  for (const [name, data] of here) t.ok(there.get(name)?.equals(data), name)
  t.strictSame([...there.keys()], [...here.keys()])

  const rows = await bench.app.database.query('select 1 from images where ladder is not null')
  t.equal(rows.length, 1, 'a ladder was built')
  t.not((await renderProcessesOf(process.pid)).length, 0, 'render processes have built it')
  await bench.close()
  t.strictSame(await renderProcessesOf(process.pid), [], 'render processes end with the service')
})

t.test('isolated rendering returns the same errors', { skip: skipWithoutProc }, async t => {
  const bench = await build(t, isolated)
  await isProblemResponse(t, await bench.tryUpload('hello, this is text'), 'not-an-image')
  const half = originals.photo.subarray(0, 5000)
  await isProblemResponse(t, await bench.tryUpload(half), 'undecodable')
})

t.test(
  'image that takes too much memory fails without affecting others',
  { skip: skipWithoutProc },
  async t => {
    const bench = await build(t, {
      ...isolated,
      DARKROOM_ISOLATION_MB: '256',
      DARKROOM_HEAVY_COST_MS: '1000000',
    })
    const flat = sharp({ create: { width: 6000, height: 4500, channels: 3, background: 'teal' } })
    const { id } = await bench.upload(await flat.png().toBuffer())
    const other = await bench.upload(originals.photo)
    const urlOf = (imageId: string, operations: Chain) => bench.sign({ imageId, operations, format: 'png' })
    const response = await bench.get(
      await urlOf(id, [
        { op: 'rotate', a: 30 },
        { op: 'median', s: 3 },
      ]),
    )
    t.equal(await isProblemResponse(t, response, 'internal'), 'the image needs more than 256 MB of memory')
    const answer = await bench.get(await urlOf(other.id, [{ op: 'rotate', a: 30 }]))
    t.equal(answer.status, 200)
    await bytesOf(answer)
  },
)
