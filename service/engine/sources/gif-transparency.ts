import { afterSubBlocks, colorTableBytes } from './gif-blocks.ts'

/** Limits of the work on a hostile file. Beyond them the file is left unchanged. */
const maxBlocks = 1_000_000
const maxCodes = 8_000_000

/** An image of a GIF with its graphic control extension, if there is one. */
interface GifFrame {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  /** Where the image descriptor begins. */
  readonly at: number
  /** Where the flags of the graphic control extension are. */
  readonly flagsAt: number | undefined
  readonly disposal: number
  readonly transparent: boolean
  /** Where the LZW data begins, with its code size. */
  readonly dataAt: number
}

export const isGif = (file: Buffer) => file.toString('latin1', 0, 4) === 'GIF8'

const transparentFlag = 1
const toBackground = 2

/**
 * Marks frames of a GIF as transparent where browsers show transparency: around a first frame that is smaller than the
 * canvas, and after a frame that is disposed of to the background. libvips paints these areas black or in the
 * background colour unless the frame has a transparent index, so the frame gets one that no pixel uses.
 * @returns the same buffer when nothing has to change or the structure is damaged
 */
export function withGifTransparency(file: Buffer): Buffer {
  const frames = readFrames(file)
  const pieces: Buffer[] = []
  const budget = { codes: maxCodes }
  let done = 0
  for (const [index, frame] of frames.entries()) {
    if (frame.transparent || !showsBackground(file, frames, index)) continue
    const unused = findUnusedIndex(file, frame.dataAt, budget)
    if (unused === undefined) continue
    const { flagsAt, at } = frame
    if (flagsAt === undefined) {
      pieces.push(file.subarray(done, at), Buffer.from([0x21, 0xf9, 4, transparentFlag, 0, 0, unused, 0]))
      done = at
    } else {
      const control = Buffer.from(file.subarray(flagsAt, flagsAt + 4))
      control[0] = (control[0] ?? 0) | transparentFlag
      control[3] = unused
      pieces.push(file.subarray(done, flagsAt), control)
      done = flagsAt + 4
    }
  }
  return done === 0 ? file : Buffer.concat([...pieces, file.subarray(done)])
}

/** Whether the canvas is visible around the first frame, or where this frame was. */
function showsBackground(file: Buffer, frames: readonly GifFrame[], index: number): boolean {
  const frame = frames[index]
  const next = frames[index + 1]
  if (frame === undefined) return false
  const canvas = { left: 0, top: 0, right: file.readUInt16LE(6), bottom: file.readUInt16LE(8) }
  if (index === 0 && !covers(frame, canvas)) return true
  return frame.disposal === toBackground && next !== undefined && (next.transparent || !covers(next, frame))
}

type Rectangle = Pick<GifFrame, 'left' | 'top' | 'right' | 'bottom'>

const covers = (one: Rectangle, other: Rectangle) =>
  one.left <= other.left && one.top <= other.top && one.right >= other.right && one.bottom >= other.bottom

/** The frames up to the end, or to damage. */
function readFrames(file: Buffer): GifFrame[] {
  const frames: GifFrame[] = []
  if (file.length < 13) return frames
  let at = 13 + colorTableBytes(file[10])
  let flagsAt: number | undefined
  for (let blocks = 0; at + 10 < file.length && blocks < maxBlocks; blocks++) {
    const kind = file[at]
    if (kind === 0x21) {
      if (file[at + 1] === 0xf9 && file[at + 2] === 4) flagsAt = at + 3
      at = afterSubBlocks(file, at + 2) ?? file.length
    } else if (kind === 0x2c) {
      const frame = readFrame(file, at, flagsAt)
      frames.push(frame)
      flagsAt = undefined
      at = afterSubBlocks(file, frame.dataAt + 1) ?? file.length
    } else break
  }
  return frames
}

function readFrame(file: Buffer, at: number, flagsAt: number | undefined): GifFrame {
  const [left, top] = [file.readUInt16LE(at + 1), file.readUInt16LE(at + 3)]
  const flags = flagsAt === undefined ? 0 : (file[flagsAt] ?? 0)
  return {
    left,
    top,
    right: left + file.readUInt16LE(at + 5),
    bottom: top + file.readUInt16LE(at + 7),
    at,
    flagsAt,
    disposal: (flags >> 2) & 7,
    transparent: (flags & transparentFlag) !== 0,
    dataAt: at + 10 + colorTableBytes(file[at + 9]),
  }
}

/**
 * A colour index that no pixel of a frame has. Every index that occurs is written as its own LZW code at least once, so
 * the dictionary's contents are not needed, only its size, which gives the length of the codes.
 * @param budget the codes that may still be read in this file, as this work blocks the thread
 */
function findUnusedIndex(file: Buffer, dataAt: number, budget: { codes: number }): number | undefined {
  const bits = file[dataAt] ?? 0
  if (bits < 8) return 255
  return bits > 8 || budget.codes <= 0 ? undefined : findUnusedCode(file, dataAt + 1, budget)
}

/** Reads LZW codes of a table of 256 colours, lowest bit first. A plain loop, because files have millions of them. */
function findUnusedCode(file: Buffer, from: number, budget: { codes: number }): number | undefined {
  const used = new Uint8Array(256)
  let [unseen, entries, length] = [256, 257, 9]
  let [pending, bits] = [0, 0]
  for (let at = from, size = file[at] ?? 0; size > 0; at += 1 + size, size = file[at] ?? 0) {
    for (let offset = at + 1; offset <= at + size; offset++) {
      pending |= (file[offset] ?? 0) << bits
      bits += 8
      if (bits < length) continue
      const code = pending & ((1 << length) - 1)
      pending >>= length
      bits -= length
      if (--budget.codes < 0) return undefined
      if (code === 257) return used.lastIndexOf(0)
      if (code === 256) {
        entries = 257
        length = 9
        continue
      }
      if (code < 256 && used[code] === 0) {
        used[code] = 1
        if (--unseen === 0) return undefined
      }
      // the first code after a reset adds no entry
      if (entries < 4096) entries++
      if (entries === 1 << length && length < 12) length++
    }
  }
  return used.lastIndexOf(0)
}
