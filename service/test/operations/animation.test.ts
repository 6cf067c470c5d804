import sharp from 'sharp'
import { build } from '../support/build.ts'
import { readFrames } from '../support/frames.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson } from '../support/session.ts'
import t from '../support/tap.ts'
import { type TiffPage, tiffFile } from '../support/tiff-file.ts'

const width = 90
const height = 60
const frames = 5
const delay = [40, 80, 120, 160, 200]

/** Frames below each other: a light square moves to the right over a background that changes with every frame. */
function drawStrip(): Buffer {
  const pixels = Buffer.alloc(width * height * frames * 4)
  for (let index = 0; index < width * height * frames; index++) {
    const frame = Math.floor(index / (width * height))
    const [x, y] = [index % width, Math.floor(index / width) % height]
    const inSquare = x >= frame * 15 && x < frame * 15 + 20 && y >= 20 && y < 40
    pixels.set(inSquare ? [250, 240, 60, 255] : [30, 40 + frame * 40, 160, 255], index * 4)
  }
  return pixels
}

const strip = () =>
  sharp(drawStrip(), { raw: { width, height: height * frames, channels: 4, pageHeight: height } })

const near = (one: readonly number[], other: readonly number[], by: number) =>
  one.every((value, index) => Math.abs(value - (other[index] ?? 999)) <= by)

const background = (frame: number) => [30, 40 + frame * 40, 160, 255]
const square = [250, 240, 60, 255]

t.test('an animation keeps its frames, delays and loop through operations', async t => {
  const bench = await build(t)
  const sources = {
    gif: await strip().gif({ delay, loop: 2 }).toBuffer(),
    webp: await strip().webp({ delay, loop: 2, lossless: true }).toBuffer(),
  }
  for (const [from, file] of Object.entries(sources)) {
    const image = await bench.upload(file)
    t.match(image, { width, height, pages: frames }, `${from}: the size is that of a frame`)
    for (const format of ['gif', 'webp']) {
      const path = (chain: string) => `/processed/${bench.userId}/${image.id}_${chain}.${format}`
      const render = async (chain: string) =>
        readFrames(await bytesOf(await bench.get(await bench.sign(path(chain)))))
      const about = `${from} to ${format}`

      const small = await render('resize_w-45')
      t.match(small, { width: 45, height: 30, pages: frames, delay, loop: 2 }, `${about}: resize`)
      for (let frame = 0; frame < frames; frame++) {
        const x = Math.round(frame * 7.5 + 5)
        if (x < 45) t.ok(near(small.at(frame, x, 15), square, 40), `${about}: the square of frame ${frame}`)
        t.ok(
          near(small.at(frame, 22, 2), background(frame), 24),
          `${about}: the background of frame ${frame}`,
        )
        t.ok(near(small.at(frame, 22, 29), background(frame), 24), `${about}: no frame bleeds into the next`)
      }

      const cropped = await render('crop_x-0,y-20,w-30,h-20')
      t.match(cropped, { width: 30, height: 20, pages: frames, delay }, `${about}: crop`)
      t.ok(near(cropped.at(0, 5, 5), square, 24) && near(cropped.at(4, 5, 5), background(4), 24))

      const rotated = await render('rotate_a-90_blur_s-1')
      t.match(rotated, { width: 60, height: 90, pages: frames, delay }, `${about}: rotated and blurred`)
      t.ok(near(rotated.at(2, 30, 40), square, 30), `${about}: the square of frame 2`)

      const smart = await render('resize_w-30,h-30,g-smart')
      t.match(smart, { width: 30, height: 30, pages: frames, delay }, `${about}: one crop for all frames`)
      const grey = await render('grayscale')
      t.match(grey, { pages: frames, delay })
      const [r, g, b] = grey.at(3, 2, 2)
      t.ok(r === g && g === b, `${about}: grey`)
    }
  }
})

t.test(
  'an animation becomes a still when a page is requested or the format cannot hold animations',
  async t => {
    const bench = await build(t)
    const image = await bench.upload(await strip().gif({ delay }).toBuffer())
    const get = async (rest: string) =>
      bench.get(await bench.sign(`/processed/${bench.userId}/${image.id}${rest}`))
    for (const format of ['jpg', 'png', 'avif']) {
      const still = await readFrames(await bytesOf(await get(`.${format}`)))
      t.match(still, { width, height, pages: 1 }, format)
      t.ok(near(still.at(0, 5, 25), square, 30), `${format}: the first frame`)
    }
    const third = await readFrames(await bytesOf(await get('_page_n-3.webp')))
    t.match(third, { pages: 1 })
    t.ok(near(third.at(0, 45, 30), square, 30), 'the third frame')
    t.equal((await readFrames(await bytesOf(await get('_resize_w-45_page_animate-0.gif')))).pages, 1)
    t.equal((await readFrames(await bytesOf(await get('_page_n-5.png')))).pages, 1)
  },
)

t.test('a missing page is 422, and contradictory page options are 400', async t => {
  const bench = await build(t)
  const image = await bench.upload(await strip().gif({ delay }).toBuffer())
  const rejected = async (rest: string) => {
    const path = `/processed/${bench.userId}/${image.id}${rest}`
    const response = await bench.get('/api/v1/sign', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ path }),
    })
    const { code, detail } = (await response.json()) as { code: string; detail: string }
    return { status: response.status, code, detail }
  }
  t.match(await rejected('_page_n-6.png'), {
    status: 422,
    code: 'not-applicable',
    detail: 'page: n-6 does not exist, expected at most 5',
  })
  t.match(await rejected('_page_n-2,animate-1.webp'), { status: 400, detail: /^page: / })
  t.match(await rejected('_page_n-0.webp'), { status: 400, detail: /n-0 is out of range/ })
})

t.test('pages of a TIFF can have different sizes', async t => {
  const bench = await build(t)
  const signed = { width: 4, height: 4, samples: Buffer.alloc(16), bits: [8], sampleFormat: 2 }
  const pages = [page(60, 40, [20, 120, 60]), page(30, 70, [200, 30, 30]), signed]
  const image = await bench.upload(tiffFile(pages))
  t.match(image, { width: 60, height: 40, pages: 3 })
  const get = async (rest: string) =>
    readFrames(
      await bytesOf(await bench.get(await bench.sign(`/processed/${bench.userId}/${image.id}${rest}`))),
    )
  t.match(await get('.png'), { width: 60, height: 40 })
  const second = await get('_page_n-2_crop_x-5,y-5.png')
  t.match(second, { width: 25, height: 65 })
  t.ok(near(second.at(0, 3, 3), [200, 30, 30, 255], 2), 'the pixels of the second page')
  const third = await callJson(bench, 'POST', '/api/v1/sign', {
    path: `/processed/${bench.userId}/${image.id}_page_n-3.png`,
  })
  t.match(await isProblemResponse(t, third, 'not-applicable'), 'n-3 cannot be read, expected at most 2')
})

/** A page of one colour. */
const page = (width: number, height: number, color: readonly number[]): TiffPage => ({
  ...{ width, height, bits: [8, 8, 8] },
  samples: Buffer.from(Array.from({ length: width * height }, () => color).flat()),
})
