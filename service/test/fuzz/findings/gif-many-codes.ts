import { withGifTransparency } from '../../../engine/sources/gif-transparency.ts'
import { finding } from '../finding.ts'

/** Frames of one pixel that are disposed of. Each has a megabyte of codes that clear the dictionary. */
function frame(left: number): Buffer {
  const control = [0x21, 0xf9, 4, 8, 0, 0, 0, 0]
  const image = [0x2c, left, 0, 0, 0, 1, 0, 1, 0, 0x87]
  // eight codes of nine bits with the value 256
  const codes = Buffer.from([0, 1, 2, 4, 8, 16, 32, 64, 128])
  const blocks = Buffer.alloc(4_000 * 253, Buffer.concat([Buffer.from([252]), Buffer.alloc(252, codes)]))
  return Buffer.concat([
    Buffer.from([...control, ...image]),
    Buffer.alloc(768),
    Buffer.from([8]),
    blocks,
    Buffer.alloc(1),
  ])
}

export default finding({
  was: 'a GIF with 20 MB of such frames took 2.3 s of the main thread in each render',
  make: () => {
    const head = Buffer.from('GIF89a\x02\0\x02\0\0\0\0', 'latin1')
    const frames = Array.from({ length: 12 }, (_, index) => frame(index & 1))
    return Buffer.concat([head, ...frames, Buffer.from([0x3b])])
  },
  read: file => {
    const changed = withGifTransparency(file)
    const marks = Array.from(
      { length: 12 },
      (_, index) => changed[13 + 3 + index * ((file.length - 14) / 12)],
    )
    return marks.map(flags => (flags ?? 0) & 1)
  },
  // eight frames take the budget of codes; the others stay as they are
  answer: [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0],
})
