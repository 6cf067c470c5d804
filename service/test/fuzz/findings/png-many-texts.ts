import { pngChunk } from '../../../engine/metadata/png-chunk.ts'
import { withBoundedTexts } from '../../../engine/sources/png-texts.ts'
import { photo } from '../../support/pictures.ts'
import { finding } from '../finding.ts'

const text = Buffer.concat(pngChunk('tEXt', Buffer.from('a\0')))

export default finding({
  was: 'a PNG with 20 MB of texts took 0.6 s of the main thread in each render',
  make: async () => {
    const png = await photo(9, 9).png().toBuffer()
    return Buffer.concat([png.subarray(0, 33), Buffer.alloc(300_000 * text.length, text), png.subarray(33)])
  },
  read: file => (file.length - withBoundedTexts(file).length) / text.length,
  answer: 299_000,
})
