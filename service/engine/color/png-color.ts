import { deflateSync } from 'node:zlib'
import { isIntactChunk, isPng, pngChunk, pngSignature } from '../metadata/png-chunk.ts'
import { profileOf } from './code-points.ts'
import { greyProfile, type Primaries, rgbProfile, srgbPrimaries, type Transfer } from './icc-profile.ts'

/** How many chunks are read before the pixels. A file with more of them keeps its colours as they are. */
const maxChunks = 10_000

interface Header {
  /** The first intact chunk of each type, with length and checksum. */
  readonly chunks: ReadonlyMap<string, Buffer>
  /** Where the pixels begin. Undefined when the data ends before. */
  readonly end: number | undefined
}

/** The profile that replaces the file's own, if it has one, so that libvips shows the colours of the file. */
interface Change {
  /** Undefined for sRGB. */
  readonly profile: Buffer | undefined
}

/** Whether `withPngProfile` may change a PNG with this beginning. */
export function mayNeedPngProfile(head: Buffer): boolean {
  if (!isPng(head)) return false
  const header = readHeader(head)
  return header.end === undefined || changeOf(header) !== undefined
}

/**
 * Adds an ICC profile to a PNG whose colours are described by `cICP`, or by `gAMA` and `cHRM`, because libvips reads
 * only `iCCP` (PNG, third edition, sections 4.3 and 11.3.2). If a file has several of these chunks, the first of this
 * list is used: `cICP`, `iCCP`, `sRGB`, `gAMA` with `cHRM`.
 * @returns the same buffer when nothing has to change
 */
export function withPngProfile(file: Buffer): Buffer {
  if (!isPng(file)) return file
  const header = readHeader(file)
  const change = header.end === undefined ? undefined : changeOf(header)
  if (change === undefined) return file
  const old = header.chunks.get('iCCP')
  const name = Buffer.from('icc\0\0', 'latin1')
  const added = change.profile ? pngChunk('iCCP', Buffer.concat([name, deflateSync(change.profile)])) : []
  const first = pngSignature.length + 25
  const oldAt = old ? old.byteOffset - file.byteOffset : first
  return Buffer.concat([
    file.subarray(0, first),
    ...added,
    file.subarray(first, oldAt),
    file.subarray(oldAt + (old?.length ?? 0)),
  ])
}

function readHeader(data: Buffer): Header {
  const chunks = new Map<string, Buffer>()
  let at = pngSignature.length
  for (let count = 0; count < maxChunks && at + 12 <= data.length; count++) {
    const type = data.toString('latin1', at + 4, at + 8)
    if (type === 'IDAT') return { chunks, end: at }
    const end = at + 12 + data.readUInt32BE(at)
    if (end > data.length) break
    if (!chunks.has(type) && isIntactChunk(data, at)) chunks.set(type, data.subarray(at, end))
    at = end
  }
  return { chunks, end: undefined }
}

/** Undefined when nothing has to change. */
function changeOf({ chunks }: Header): Change | undefined {
  const header = chunks.get('IHDR')
  if (header?.length !== 25) return undefined
  const isGrey = (header.readUInt8(17) & 2) === 0
  const points = chunks.get('cICP')
  // matrix 0 and the full range are required; a grey image has no primaries
  if (points?.length === 16 && points[10] === 0 && points[11] === 1 && !isGrey) {
    const profile = profileOf({ primaries: points.readUInt8(8), transfer: points.readUInt8(9) })
    return profile === undefined && !chunks.has('iCCP') ? undefined : { profile }
  }
  if (chunks.has('iCCP') || chunks.has('sRGB')) return undefined
  const transfer = transferOf(chunks.get('gAMA'))
  if (isGrey) return transfer.kind === 'srgb' ? undefined : { profile: greyProfile(transfer) }
  const primaries = primariesOf(chunks.get('cHRM'))
  if (transfer.kind === 'srgb' && primaries === srgbPrimaries) return undefined
  const profile = rgbProfile(primaries, transfer)
  return profile && { profile }
}

/** Gammas within 5 % of 1/2.2 stand for sRGB's curve, as in libpng. Values that no program writes are ignored. */
function transferOf(chunk: Buffer | undefined): Transfer {
  const gamma = chunk?.length === 16 ? chunk.readUInt32BE(8) / 100_000 : 1 / 2.2
  const isSrgb = Math.abs(gamma * 2.2 - 1) < 0.05
  return isSrgb || gamma < 0.1 || gamma > 10 ? { kind: 'srgb' } : { kind: 'gamma', exponent: 1 / gamma }
}

/**
 * The primaries and white of a `cHRM` chunk, which begins with white. Values that differ from those of sRGB only by
 * rounding are replaced by them.
 */
function primariesOf(chunk: Buffer | undefined): Primaries {
  if (chunk?.length !== 44) return srgbPrimaries
  const point = (index: number) =>
    [chunk.readUInt32BE(8 + 8 * index) / 100_000, chunk.readUInt32BE(12 + 8 * index) / 100_000] as const
  const found: Primaries = [point(1), point(2), point(3), point(0)]
  const expected = srgbPrimaries.flat()
  const isSrgb = found.flat().every((value, index) => Math.abs(value - (expected[index] ?? 0)) < 0.002)
  return isSrgb ? srgbPrimaries : found
}
