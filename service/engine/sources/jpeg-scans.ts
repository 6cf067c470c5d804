const marker = { progressive: 0xc2, scan: 0xda, end: 0xd9 }
/** The coefficients of a block. */
const coefficients = 64
/** The most components of a progressive JPEG (section B.2.3). */
const maxComponents = 4
/** The precision of a coefficient of which no scan has sent a bit. */
const unsent = 255

/**
 * Whether scans of a progressive JPEG are missing (ITU-T T.81, annex G): each scan sends some coefficients of some
 * components, down to bit `Al`. A file is complete when all have been sent down to bit 0. Reads headers only.
 * @returns false for a JPEG that is not progressive
 */
export function lacksScans(file: Buffer): boolean {
  const precision = new Map<number, Uint8Array>()
  let at = 2
  while (at + 4 <= file.length) {
    const kind = file[at] === 0xff ? file[at + 1] : undefined
    if (kind === undefined || kind === marker.end) break
    if (kind === 0xff) {
      at++
      continue
    }
    const content = file.subarray(at + 4, at + 2 + file.readUInt16BE(at + 2))
    // a file has one frame; more would only cost time
    if (kind === marker.progressive && precision.size === 0)
      for (const id of componentsOf(content)) precision.set(id, new Uint8Array(coefficients).fill(unsent))
    if (kind === marker.scan) applyScan(content, precision)
    at += 4 + content.length
    if (kind === marker.scan) at = afterCodedData(file, at)
  }
  return [...precision.values()].some(bits => bits.some(bit => bit > 0))
}

/** The ids in a frame header: precision, height, width, number of components, three bytes for each of them. */
function componentsOf(frame: Buffer): number[] {
  return Array.from(
    { length: Math.min(frame[5] ?? 0, maxComponents) },
    (_, index) => frame[6 + 3 * index] ?? 0,
  )
}

/** A scan header: number of components, two bytes for each of them, first and last coefficient, `Ah` and `Al`. */
function applyScan(scan: Buffer, precision: ReadonlyMap<number, Uint8Array>): void {
  const count = Math.min(scan[0] ?? 0, maxComponents)
  const [first = 0, last = 0, bits = 0] = scan.subarray(1 + 2 * count)
  for (let index = 0; index < count; index++)
    precision.get(scan[1 + 2 * index] ?? 0)?.fill(bits & 15, first, last + 1)
}

/** The offset of the next marker that is neither a stuffed byte nor a restart marker, or the length of the file. */
function afterCodedData(file: Buffer, from: number): number {
  let at = file.indexOf(0xff, from)
  while (at >= 0) {
    const next = file[at + 1] ?? 0
    if (next !== 0 && (next < 0xd0 || next > 0xd7) && next !== 0xff) return at
    at = file.indexOf(0xff, at + 1)
  }
  return file.length
}
