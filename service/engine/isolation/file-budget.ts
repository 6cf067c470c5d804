import { open } from 'node:fs/promises'
import { readJxlSize } from '../foreign/jxl-size.ts'
import { sniffBytes, sniffForeignFormat } from '../foreign/sniff.ts'
import type { InspectionBudget } from './process-limits.ts'

/**
 * Additions to the budget for the size of a file: milliseconds for each of its megabytes, and bytes of memory for each
 * of its bytes. A HEIC of 48 megapixels has 5 to 15 MB and takes up to 6 seconds on a busy machine. A small file gets
 * little, so it cannot cause long work.
 */
const extraMs = 500
const extraBytes = 32

/**
 * Additions to the budget for each pixel of a JPEG XL, up to 16 million pixels. Its decoder computes in floating point
 * and takes 65 bytes and 360 ns for a pixel.
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
