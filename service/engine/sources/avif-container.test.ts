import sharp from 'sharp'
import t from '../../test/support/tap.ts'
import { inspect, render } from '../rendering.test.data.ts'
import { avifContainer, avifItem, gridOf, identityOf, overlayOf } from './avif.test.data.ts'

const colors = { lime: '#00ff00', red: '#ff0000', blue: '#0000ff' }

/** One coded picture of one colour. */
const picture = (width: number, height: number, background: string) =>
  avifItem(width, height, sharp({ create: { width, height, channels: 3, background } }))

/** The size of an image and the colour at a point of it. */
async function look(file: Buffer, left: number, top: number) {
  const { data } = await render(file, '')
  const { width, height } = await sharp(data).metadata()
  const pixel = await sharp(data).extract({ left, top, width: 1, height: 1 }).raw().toBuffer()
  return { width, height, color: [...pixel.subarray(0, 3)].map(value => Math.round(value / 64) * 64) }
}

t.test('AVIF shows its primary item, wherever it is among the items', async t => {
  const small = await picture(64, 64, colors.red)
  const large = await picture(256, 128, colors.lime)
  const file = avifContainer([small, large], { primary: 2 })
  t.match(await inspect(file), { format: 'avif', width: 256, height: 128, pages: 1 })
  t.strictSame(await look(file, 100, 60), { width: 256, height: 128, color: [0, 256, 0] })
  const first = avifContainer([small, large], { primary: 1 })
  t.match(await inspect(first), { width: 64, height: 64, pages: 1 })
})

t.test('AVIF of the brand avis is accepted and shows its still picture', async t => {
  const still = await picture(96, 64, colors.blue)
  for (const brands of [
    ['avis', 'mif1', 'avif', 'miaf'],
    ['avis', 'avis', 'msf1', 'miaf'],
    ['avif', 'avis', 'msf1', 'mif1'],
  ]) {
    // an empty track, which a decoder must not need
    const file = avifContainer([still], { brands, tracks: Buffer.alloc(40) })
    t.match(await inspect(file), { format: 'avif', width: 96, height: 64, pages: 1 }, brands.join())
    t.strictSame(await look(file, 50, 30), { width: 96, height: 64, color: [0, 0, 256] })
  }
})

t.test('AVIF shows a grid of tiles at the size of the grid', async t => {
  const tiles = [await picture(64, 64, colors.red), await picture(64, 64, colors.blue)]
  const file = avifContainer(tiles, { primary: 3, derived: gridOf(2, 120, 60) })
  t.match(await inspect(file), { format: 'avif', width: 120, height: 60, pages: 1 })
  t.strictSame(await look(file, 10, 10), { width: 120, height: 60, color: [256, 0, 0] })
  t.strictSame(await look(file, 100, 50), { width: 120, height: 60, color: [0, 0, 256] })
})

t.test('AVIF shows an overlay of pictures on a canvas', async t => {
  const pictures = [await picture(64, 64, colors.red), await picture(64, 64, colors.blue)]
  const places = [
    [0, 0],
    [50, 20],
  ] as const
  const file = avifContainer(pictures, { primary: 3, derived: overlayOf(160, 90, [0, 0xffff, 0], places) })
  t.match(await inspect(file), { format: 'avif', width: 160, height: 90, pages: 1 })
  const points = [
    [10, 10, 256, 0, 0],
    [55, 30, 0, 0, 256],
    [150, 80, 0, 256, 0],
  ] as const
  for (const [left, top, ...color] of points)
    t.strictSame(await look(file, left, top), { width: 160, height: 90, color }, `at ${left}, ${top}`)
})

t.test('AVIF shows the item that a primary identity item refers to', async t => {
  const file = avifContainer([await picture(96, 64, colors.blue)], {
    primary: 2,
    derived: identityOf(96, 64),
  })
  t.match(await inspect(file), { format: 'avif', width: 96, height: 64, pages: 1 })
  t.strictSame(await look(file, 50, 30), { width: 96, height: 64, color: [0, 0, 256] })
})

t.test('a damaged AVIF is undecodable at every length', async t => {
  const file = avifContainer([await picture(64, 64, colors.red)], { brands: ['avis', 'mif1'] })
  for (let length = 30; length < file.length; length += 29)
    await t.rejects(inspect(file.subarray(0, length)), { code: 'undecodable' }, `${length} bytes`)
})
