import { findGainMap } from '../../../engine/gain-map/gain-map.ts'
import { readJpegHeader } from '../../../engine/quality/containers/jpeg.ts'
import { asLibvipsReads } from '../../../engine/sources/as-libvips-reads.ts'
import { photo } from '../../support/pictures.ts'
import { finding } from '../finding.ts'

const comment = Buffer.from([0xff, 0xfe, 0, 2])

export default finding({
  was: 'a JPEG with 20 MB of empty comments took 3.2 s of the main thread and 1.8 GB in each render',
  make: async () => {
    const jpeg = await photo(9, 9).jpeg().toBuffer()
    return Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(1_000_000, comment), jpeg.subarray(2)])
  },
  read: file => [
    readJpegHeader(file),
    findGainMap(file),
    asLibvipsReads(file, { mayLackEnd: true, isDamagedPng: false }) === file,
  ],
  answer: [undefined, undefined, true],
})
