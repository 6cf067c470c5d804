import { build } from '../support/build.ts'
import { ingested } from '../support/ingested.ts'
import { draw } from '../support/pictures.ts'
import { readPixels } from '../support/pixel-reader.ts'
import { headOfPortrait, portrait } from '../support/portrait.ts'
import { bytesOf, callJson } from '../support/session.ts'
import t from '../support/tap.ts'

// Drawn before the service starts, because the start blocks sharp's SVG loader.
const person = await portrait()

t.test('the focal point follows the image through other operations', async t => {
  const bench = await build(t)
  const dot = await draw(200, 100, (x, y) => (Math.hypot(x - 170, y - 30) < 8 ? [255, 0, 0] : [90, 90, 90]))
    .png()
    .toBuffer()
  const { id } = await bench.upload(dot)
  await callJson(bench, 'PATCH', `/api/v1/images/${id}`, { focal: { x: 0.85, y: 0.3 } })
  const centre = async (chain: string) => {
    const url = await bench.sign(`/processed/${bench.userId}/${id}_${chain}.png`)
    const { boxOf, width, height } = await readPixels(await bytesOf(await bench.get(url)))
    const box = boxOf(([r, g]) => r > 150 && g < 60)
    return box && [box.left + box.width / 2 - width / 2, box.top + box.height / 2 - height / 2]
  }
  for (const chain of [
    'crop_w-40,h-40,g-focal',
    'flip_crop_w-40,h-40,g-focal',
    'rotate_a-90_crop_w-40,h-40,g-focal',
    'rotate_a-30_crop_w-40,h-40,g-focal',
    'pad_l-50_resize_w-125_crop_w-20,h-20,g-focal',
    'crop_x-100_crop_w-40,h-40,g-focal',
  ]) {
    const [x = 99, y = 99] = (await centre(chain)) ?? []
    t.ok(Math.abs(x) <= 1.5 && Math.abs(y) <= 1.5, `${chain}: ${x}, ${y} from the middle`)
  }
  t.ok(await centre('resize_w-30,h-60,g-focal'), 'resize keeps it')
  t.notOk(await centre('resize_w-30,h-60'), 'without focal gravity it is cut off')
  t.notOk(await centre('resize_w-30,h-60,g-focal,fx-0'), 'fx in the URL overrides the stored focal point')
})

t.test('face gravity keeps faces and adds a note when there are none', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(person)
  const empty = await bench.upload(
    await draw(300, 200, (x, y) => [x % 256, y, 90])
      .png()
      .toBuffer(),
  )
  await ingested(bench.app.database, id, empty.id)
  const derive = async (image: string, chain: string) =>
    bench.get(await bench.sign(`/processed/${bench.userId}/${image}_${chain}.png`))
  for (const chain of ['crop_w-200,h-220,g-face', 'resize_w-100,h-250,g-face']) {
    const response = await derive(id, chain)
    t.equal(response.headers.get('darkroom-note'), null, chain)
    const { boxOf, width } = await readPixels(await bytesOf(response))
    const mouth = boxOf(([r, g, b]) => r > 130 && g < 100 && b < 100)
    t.ok(
      mouth && Math.abs(mouth.left + mouth.width / 2 - width / 2) < width / 8,
      `${chain}: the face is in the middle`,
    )
  }
  t.ok(headOfPortrait.left > 0.6, 'the face is off centre in the original')
  for (const chain of ['crop_w-100,h-100,g-face', 'resize_w-50,h-150,g-face']) {
    const response = await derive(empty.id, chain)
    t.equal(response.status, 200)
    t.equal(response.headers.get('darkroom-note'), 'no-face', chain)
  }
})
