import { isPng, pngSignature } from '../../metadata/png-chunk.ts'
import type { Container, ContainerParts } from './container.ts'

const pixelTypes = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'])
const metadataTypes = new Set(['iCCP', 'pHYs', 'eXIf', 'iTXt', 'tEXt', 'zTXt'])
/** Chunks that change how the image looks: an HDR transfer function, an animation. Files with them are not split. */
const unusual = new Set(['cICP', 'acTL'])

/**
 * PNG (third edition, section 5): chunks with checksums. Only chunks that hold pixels are kept. The colour space comes
 * from the metadata, else it is sRGB, as in the engine's decoder.
 */
export const pngContainer: Container = { split, join }

function split(file: Buffer): ContainerParts | undefined {
  const chunks = readChunks(file)
  if (
    chunks === undefined ||
    chunks.some(({ type }) => unusual.has(type) || !(pixelTypes.has(type) || isDroppable(type)))
  )
    return undefined
  const bytesOf = (types: ReadonlySet<string>) =>
    chunks.filter(({ type }) => types.has(type)).map(({ bytes }) => bytes)
  return { pixels: bytesOf(pixelTypes), metadata: bytesOf(metadataTypes) }
}

/** The header comes first. A profile must precede palette and pixels. */
function join({ pixels: [header = Buffer.alloc(0), ...rest], metadata }: ContainerParts): Buffer {
  return Buffer.concat([pngSignature, header, ...metadata, ...rest])
}

/** A decoder may skip a chunk whose name starts with a lower-case letter. */
const isDroppable = (type: string) => /^[a-z]/.test(type)

interface Chunk {
  readonly type: string
  readonly bytes: Buffer
}

/** The chunks up to the end of the image; undefined when the first or last chunk is wrong. */
function readChunks(file: Buffer): Chunk[] | undefined {
  if (!isPng(file)) return undefined
  const chunks: Chunk[] = []
  for (let at = pngSignature.length; at + 12 <= file.length; ) {
    const end = at + 12 + file.readUInt32BE(at)
    if (end > file.length) return undefined
    const type = file.toString('latin1', at + 4, at + 8)
    if ((type === 'IHDR') !== (chunks.length === 0)) return undefined
    chunks.push({ type, bytes: file.subarray(at, end) })
    if (type === 'IEND') return chunks
    at = end
  }
  return undefined
}
