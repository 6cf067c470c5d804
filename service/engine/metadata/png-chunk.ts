import { crc32 } from 'node:zlib'

/** The first bytes of every PNG (third edition, section 5.2). */
export const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex')

export const isPng = (data: Buffer): boolean => data.subarray(0, pngSignature.length).equals(pngSignature)

/** A PNG chunk in parts: length, type with data, checksum of both (PNG, third edition, section 5.3). */
export function pngChunk(type: string, data: Uint8Array): Buffer[] {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return [frame.subarray(0, 4), body, frame.subarray(4)]
}

/** Whether the chunk at this offset is complete and has the right checksum. */
export function isIntactChunk(file: Buffer, at: number): boolean {
  const end = at + 8 + file.readUInt32BE(at)
  return end + 4 <= file.length && crc32(file.subarray(at + 4, end)) === file.readUInt32BE(end)
}
