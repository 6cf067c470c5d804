import { pngSignature } from '../../../engine/metadata/png-chunk.ts'
import { hasMostPixels } from '../../../engine/sources/damaged-png.ts'
import { finding } from '../finding.ts'

export default finding({
  was: 'a PNG that ends within its header was no error of the catalogue',
  make: () => Buffer.concat([pngSignature, Buffer.from('IEND\0\0\0\0', 'latin1')]),
  read: hasMostPixels,
  answer: false,
})
