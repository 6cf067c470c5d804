import sharp from 'sharp'
import t from '../../test/support/tap.ts'
import { readExposure } from '../insight/exposure.ts'
import { readCredits } from './credits.ts'
import { exifTags, readExif } from './exif.ts'

const image = () => sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })

/** EXIF in which every directory entry claims all bytes of the file. */
function overlappingEntries(entries: number): Buffer {
  const tiff = Buffer.alloc(65_000)
  tiff.write('II*\0', 'latin1')
  tiff.writeUInt32LE(8, 4)
  tiff.writeUInt16LE(entries, 8)
  for (let index = 0; index < entries; index++) {
    const at = 10 + 12 * index
    tiff.writeUInt16LE(index % 7 === 0 ? exifTags.photo : 1000 + index, at)
    tiff.writeUInt16LE(1 + (index % 5), at + 2)
    tiff.writeUInt32LE(0x7fff_ffff, at + 4)
    tiff.writeUInt32LE(8, at + 8)
  }
  return Buffer.concat([Buffer.from('Exif\0\0'), tiff])
}

t.test('camera EXIF is read in either byte order', async t => {
  const file = image().withExif({
    IFD0: { Make: 'Leica', Model: 'M3', Copyright: 'Ansel Adams', Software: 'ours' },
    IFD2: {
      ExposureTime: '1/250',
      FNumber: '28/10',
      ISOSpeedRatings: '400',
      DateTimeOriginal: '2024:05:01 12:30:00',
      Flash: '9',
      FocalLength: '50/1',
      LensModel: 'Summicron',
    },
    IFD3: { GPSLatitude: '51/1 30/1 0/1' },
  })
  const { exif } = await sharp(await file.jpeg().toBuffer()).metadata()
  t.strictSame(readExposure(exif), {
    make: 'Leica',
    model: 'M3',
    lens: 'Summicron',
    software: 'ours',
    takenAt: '2024-05-01T12:30:00',
    exposureTime: 0.004,
    fNumber: 2.8,
    iso: 400,
    focalLength: 50,
    flash: true,
  })
  t.equal(readCredits({ exif }).copyright, 'Ansel Adams')
  const big = Buffer.from('MM\0*\0\0\0\x08\0\x01\x82\x98\0\x02\0\0\0\x03Me\0\0\0\0\0\0', 'latin1')
  t.equal(readCredits({ exif: big }).copyright, 'Me')
})

t.test('damage only affects the fields that it hits', async t => {
  const { exif } = await sharp(
    await image()
      .withExif({ IFD0: { Make: 'Leica' }, IFD2: { DateTimeOriginal: '0000:00:00 00:00:00' } })
      .jpeg()
      .toBuffer(),
  ).metadata()
  for (let length = 0; length < exif!.length; length++)
    t.doesNotThrow(() => readExif(exif!.subarray(0, length)))
  t.strictSame(readExposure(exif), { make: 'Leica' }, 'an invalid time is dropped')
})

t.test('overlapping entries cannot exhaust time or memory', async t => {
  const before = process.cpuUsage()
  const exif = overlappingEntries(5_400)
  t.strictSame(readExposure(exif), {})
  t.strictSame(readCredits({ exif }), {})
  t.ok(process.cpuUsage(before).user < 300_000, 'in linear time')
})
