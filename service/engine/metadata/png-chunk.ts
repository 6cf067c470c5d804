import { crc32 } from 'node:zlib'

/** A PNG chunk in parts: length, type with data, checksum of both (PNG, third edition, section 5.3). */
export function pngChunk(type: string, data: Uint8Array): Buffer[] {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return [frame.subarray(0, 4), body, frame.subarray(4)]
}
