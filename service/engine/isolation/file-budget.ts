import { open } from 'node:fs/promises'
import { readJxlSize } from '../foreign/jxl-size.ts'
import { sniffBytes, sniffForeignFormat } from '../foreign/sniff.ts'
import type { InspectionBudget } from './process-limits.ts'

/**
 * What a large file gets in addition, in milliseconds for each megabyte, and in bytes for each byte. A HEIC of 48
 * megapixels has 5 to 15 MB and takes up to 6 seconds on a busy machine. Who wants more has to send more.
 */
const extraMs = 500
const extraBytes = 32

/**
 * What a JPEG XL gets in addition for each of its pixels, up to 16 million. Its decoder computes in floating point: it
 * takes 65 bytes and 360 ns for a pixel.
 */
const jxl = { maxPixels: 16e6, bytes: 64, ms: 400e-6 }

/** The budget for a file of this length that begins with `head`. */
export function budgetFor(
  { maxMs, maxBytes }: InspectionBudget,
  head: Buffer,
  length: number,
): InspectionBudget {
  const pixels = Math.min(jxl.maxPixels, jxlPixels(head))
  return {
    maxMs: maxMs + Math.floor((length / 1e6) * extraMs + pixels * jxl.ms),
    maxBytes: maxBytes + length * extraBytes + pixels * jxl.bytes,
  }
}

/** The budget for a file on disk. */
export async function budgetForFile(budget: InspectionBudget, path: string): Promise<InspectionBudget> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sniffBytes), 0, sniffBytes, 0)
    return budgetFor(budget, buffer.subarray(0, bytesRead), size)
  } finally {
    await file.close()
  }
}

/** The pixels that a JPEG XL declares; 0 for other and for damaged files. */
function jxlPixels(head: Buffer): number {
  if (sniffForeignFormat(head) !== 'jxl') return 0
  try {
    const { width, height } = readJxlSize(head)
    return width * height
  } catch {
    return 0
  }
}
