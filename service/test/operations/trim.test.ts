import sharp from 'sharp'
import { build } from '../support/build.ts'
import { draw } from '../support/pictures.ts'
import { readPixels } from '../support/pixel-reader.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'

/** A box of 50×40 at 30,20 on a background of 120×80. */
const framed = (background: readonly number[], box: readonly number[]) =>
  draw(120, 80, (x, y) => (x >= 30 && x < 80 && y >= 20 && y < 60 ? box : background))
const red = [200, 40, 40]

t.test('trim removes borders of the corner pixel’s or the given colour, and nothing else', async t => {
  const bench = await build(t)
  const sizeOf = async (file: Buffer, chain: string, format = 'png') => {
    const { id } = await bench.upload(file)
    const { width, height } = await readPixels(
      await bytesOf(await bench.get(await bench.sign(`/processed/${bench.userId}/${id}_${chain}.${format}`))),
    )
    return [width, height]
  }
  const white = framed([255, 255, 255], red)
  const box = [50, 40]
  const whole = [120, 80]
  const png = await white.clone().png().toBuffer()
  const kinds: Record<string, Buffer> = {
    opaque: png,
    deep: await white.clone().toColourspace('rgb16').png().toBuffer(),
    grey: await white.clone().toColourspace('b-w').png().toBuffer(),
    cmyk: await white
      .clone()
      .toColourspace('cmyk')
      .withIccProfile('cmyk')
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer(),
    transparent: await framed([10, 200, 10, 0], [...red, 255])
      .png()
      .toBuffer(),
    greyTransparent: await framed([10, 200, 10, 0], [...red, 255])
      .toColourspace('b-w')
      .png()
      .toBuffer(),
    animated: await sharp([png, await white.clone().flop().png().toBuffer(), png], {
      join: { animated: true },
    })
      .webp({ lossless: true })
      .toBuffer(),
  }
  for (const [kind, file] of Object.entries(kinds)) {
    t.strictSame(await sizeOf(file, 'trim_t-20', kind === 'animated' ? 'webp' : 'png'), box, kind)
  }
  t.strictSame(await sizeOf(png, 'trim_c-fff'), box)
  t.strictSame(await sizeOf(png, 'trim_c-000'), whole, 'no border of this colour')
  t.strictSame(await sizeOf(png, 'trim_c-transparent'), whole)
  t.strictSame(await sizeOf(png, 'trim_pad_all-5,bg-00f'), [60, 50], 'later operations use the trimmed size')
  t.strictSame(await sizeOf(png, 'pad_all-5,bg-fff_trim_rotate_a-90'), [40, 50])
  t.strictSame(
    await sizeOf(await framed([255, 255, 255], [247, 247, 247]).png().toBuffer(), 'trim'),
    whole,
    'within the tolerance',
  )
  t.strictSame(await sizeOf(await framed([255, 255, 255], [247, 247, 247]).png().toBuffer(), 'trim_t-4'), box)
  for (const even of [
    [9, 9, 9],
    [9, 9, 9, 0],
  ]) {
    t.strictSame(
      await sizeOf(await framed(even, even).png().toBuffer(), 'trim'),
      whole,
      'a single colour stays',
    )
  }
  t.strictSame(
    await sizeOf(
      await draw(1, 1, () => red)
        .png()
        .toBuffer(),
      'trim',
    ),
    [1, 1],
  )
})
