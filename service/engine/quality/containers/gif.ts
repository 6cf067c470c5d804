import { afterSubBlocks, colorTableBytes } from '../../sources/gif-blocks.ts'
import type { Container, ContainerParts } from './container.ts'

/** Introducers and labels of blocks (GIF89a, sections 20 to 27). */
const block = { extension: 0x21, image: 0x2c, trailer: 0x3b }
const label = { control: 0xf9, application: 0xff }
/** The applications that define the loop count. */
const loops = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0'])

/**
 * GIF: keeps the logical screen descriptor (such as the size of the animation), the global colour table, and for each
 * frame its timing, position, colours and encoded pixels. Of the extension with the loop count, only this count is
 * kept. Comments, text, other extensions and data after the end are dropped.
 */
export const gifContainer: Container = {
  split,
  join: ({ pixels }) => Buffer.concat([...pixels, Buffer.from([block.trailer])]),
}

function split(file: Buffer): ContainerParts | undefined {
  if (!/^GIF8[79]a$/.test(file.toString('latin1', 0, 6)) || file.length < 13) return undefined
  const start = 13 + colorTableBytes(file[10])
  const pixels = [file.subarray(0, start)]
  let images = 0
  for (let at = start; at < file.length; ) {
    const kind = file[at]
    if (kind === block.trailer) return images > 0 ? { pixels, metadata: [] } : undefined
    if (kind !== block.image && kind !== block.extension) return undefined
    const end = kind === block.image ? imageEnd(file, at) : afterSubBlocks(file, at + 2)
    if (end === undefined) return undefined
    const kept = kind === block.image ? file.subarray(at, end) : neededExtension(file.subarray(at, end))
    if (kind === block.image) images++
    if (kept) pixels.push(kept)
    at = end
  }
  return undefined
}

/** The position after an image: descriptor, colours, code size, data. */
const imageEnd = (file: Buffer, at: number) =>
  afterSubBlocks(file, at + 10 + colorTableBytes(file[at + 9]) + 1)

function neededExtension(bytes: Buffer): Buffer | undefined {
  if (bytes[1] === label.control) return bytes.length === 8 ? bytes : undefined
  const isLoop = bytes[1] === label.application && loops.has(bytes.toString('latin1', 3, 14))
  return isLoop && bytes[14] === 3 ? Buffer.concat([bytes.subarray(0, 18), Buffer.from([0])]) : undefined
}
