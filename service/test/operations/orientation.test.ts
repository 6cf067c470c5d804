import { build } from '../support/build.ts'
import { compare, oriented } from '../support/pictures.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'

t.test('all eight EXIF orientations of an image give equal derivatives', async t => {
  const bench = await build(t)
  const upright = await oriented(1)
  const paths = [
    '',
    '_resize_w-60',
    '_crop_x-10,y-5,w-70,h-40',
    '_flip_d-h_rotate_a-90',
    '_resize_w-40,h-40,g-northwest',
  ]
  const expected = new Map<string, Buffer>()
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const file = await oriented(orientation)
    const image = await bench.upload(file)
    t.match(image, { width: 120, height: 80 }, `orientation ${orientation} is recorded upright`)
    for (const path of paths) {
      const url = await bench.sign(`/processed/${bench.userId}/${image.id}${path}.png`)
      const body = await bytesOf(await bench.get(url))
      if (path === '') {
        const { mean } = await compare(body, upright)
        t.ok(mean < 1.5, `orientation ${orientation} differs from the upright image by ${mean.toFixed(2)}`)
      }
      const reference = expected.get(path) ?? body
      expected.set(path, reference)
      const { mean } = await compare(body, reference)
      t.ok(mean < 1.5, `orientation ${orientation}${path} differs by ${mean.toFixed(2)}`)
    }
  }
})
