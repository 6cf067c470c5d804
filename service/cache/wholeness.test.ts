import sharp from 'sharp'
import { photo } from '../test/support/pictures.ts'
import t from '../test/support/tap.ts'
import { wholenessOf } from './wholeness.ts'

t.test('a file of each format is whole, and cut when any end of it is missing', async t => {
  const picture = photo(90, 60)
  const pages = await sharp(await Promise.all([1, 2].map(seed => photo(40, 30, seed).png().toBuffer())), {
    join: { animated: true },
  })
    .gif()
    .toBuffer()
  const animated = (format: 'gif' | 'webp') => sharp(pages, { animated: true }).toFormat(format).toBuffer()
  const files = {
    jpg: await picture.clone().jpeg().toBuffer(),
    progressive: await picture.clone().jpeg({ progressive: true, mozjpeg: true }).toBuffer(),
    png: await picture.clone().png().toBuffer(),
    palette: await picture.clone().png({ palette: true }).toBuffer(),
    webp: await picture.clone().webp().toBuffer(),
    profile: await picture.clone().withMetadata().webp({ quality: 1 }).toBuffer(),
    avif: await picture.clone().avif({ effort: 0 }).toBuffer(),
    gif: await picture.clone().gif().toBuffer(),
    'animated gif': await animated('gif'),
    'animated webp': await animated('webp'),
    json: Buffer.from('{"width":3}'),
  }
  for (const [name, file] of Object.entries(files)) {
    t.equal(wholenessOf(file), 'whole', name)
    for (const bytes of [1, 2, 7, Math.ceil(file.length / 2), file.length - 12, file.length])
      if (bytes > 0 && bytes < file.length)
        t.not(wholenessOf(file.subarray(0, file.length - bytes)), 'whole', `${name} without ${bytes} bytes`)
  }
  t.equal(wholenessOf(Buffer.alloc(0)), 'cut')
  t.equal(wholenessOf(await picture.clone().tiff().toBuffer()), 'unknown')
})
