import sharp from 'sharp'
import t from '../../test/support/tap.ts'
import { classifyProfile } from './icc.ts'

const profileOf = async (name: string) => {
  const image = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
  return (await sharp(await image.withIccProfile(name).jpeg().toBuffer()).metadata()).icc
}

t.test('profiles are classified by primaries and curve', async t => {
  t.equal(classifyProfile(undefined), 'none')
  t.equal(classifyProfile(await profileOf('srgb')), 'srgb')
  t.equal(classifyProfile(await profileOf('p3')), 'p3')
  t.equal(classifyProfile(await profileOf('cmyk')), 'other')
})

t.test('a profile with a changed primary is classified as other, and damaged bytes never throw', async t => {
  const srgb = await profileOf('srgb')
  if (srgb === undefined) return t.fail('sharp wrote no profile')
  const at = srgb.indexOf('rXYZ')
  const moved = Buffer.from(srgb)
  const offset = moved.readUInt32BE(at + 4)
  moved.writeInt32BE(Math.round(0.6 * 65536), offset + 8)
  t.equal(classifyProfile(moved), 'other')
  for (let length = 0; length < srgb.length; length += 7) classifyProfile(srgb.subarray(0, length))
  for (let index = 0; index < 2000; index++) {
    const broken = Buffer.from(srgb)
    broken[(index * 7919) % broken.length] = (index * 31) & 255
    t.ok(['none', 'srgb', 'p3', 'other'].includes(classifyProfile(broken)))
  }
})
