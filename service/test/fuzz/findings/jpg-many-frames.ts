import { lacksScans } from '../../../engine/sources/jpeg-scans.ts'
import { finding } from '../finding.ts'

/** A frame header that announces 255 components. */
const frame = Buffer.from([0xff, 0xc2, 0, 8, 8, 0, 0, 0, 0, 255])

export default finding({
  was: 'a JPEG with 200 kB of frame headers took 0.5 s, as each counted for 255 components',
  make: () => Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(10_000_000, frame)]),
  read: lacksScans,
  answer: true,
})
