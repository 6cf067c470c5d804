/** Class of an embedded colour profile, as far as the engine handles it differently. */
export type ProfileClass = 'none' | 'srgb' | 'p3' | 'other'

/**
 * Red, green and blue primaries as XYZ under D50 (ICC profile connection space), from the sRGB profile of the ICC and
 * the P3 profile of Apple.
 */
const primaries = {
  srgb: [0.4361, 0.2225, 0.0139, 0.3851, 0.7169, 0.0971, 0.1431, 0.0606, 0.7141],
  p3: [0.5151, 0.2412, -0.0011, 0.292, 0.6922, 0.0419, 0.1571, 0.0666, 0.7841],
}

/**
 * Classifies a profile by its matrix primaries and tone curve, not by its name (ICC.1:2022, sections 7 and 10). sharp
 * converts any embedded profile at the original's full size, so recognising sRGB saves that work. Reads within the
 * buffer only. Anything unusual is `other`, which gets converted.
 */
export function classifyProfile(icc: Buffer | undefined): ProfileClass {
  if (icc === undefined || icc.length === 0) return 'none'
  try {
    return classify(icc)
  } catch (error) {
    if (error instanceof RangeError) return 'other'
    throw error
  }
}

function classify(icc: Buffer): ProfileClass {
  if (icc.toString('latin1', 16, 20) !== 'RGB ' || icc.toString('latin1', 20, 24) !== 'XYZ ') return 'other'
  const tags = readTags(icc)
  // a lookup table takes precedence over the matrix
  if (tags.has('A2B0')) return 'other'
  const matrix = ['rXYZ', 'gXYZ', 'bXYZ'].flatMap(name => readXyz(icc, tags.get(name)))
  const curves = ['rTRC', 'gTRC', 'bTRC'].map(name => tags.get(name))
  if (!curves.every(offset => offset !== undefined && isSrgbCurve(icc, offset))) return 'other'
  const near = (expected: readonly number[]) =>
    matrix.length === 9 && expected.every((value, index) => Math.abs(value - (matrix[index] ?? 9)) < 0.003)
  return near(primaries.srgb) ? 'srgb' : near(primaries.p3) ? 'p3' : 'other'
}

/** Offsets of the tags by signature. A profile has a few dozen at most. */
function readTags(icc: Buffer): Map<string, number> {
  const count = Math.min(icc.readUInt32BE(128), 100)
  const tags = new Map<string, number>()
  for (let index = 0; index < count; index++) {
    const entry = 132 + index * 12
    tags.set(icc.toString('latin1', entry, entry + 4), icc.readUInt32BE(entry + 4))
  }
  return tags
}

const readFixedPoint = (icc: Buffer, at: number) => icc.readInt32BE(at) / 65536

function readXyz(icc: Buffer, offset: number | undefined): number[] {
  return offset === undefined ? [] : [8, 12, 16].map(at => readFixedPoint(icc, offset + at))
}

/** sRGB's transfer function (IEC 61966-2-1): encoded to linear light, both 0–1. */
const srgb = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)

/** Whether a `curv` table or a `para` formula follows sRGB's transfer function to within half an 8-bit step. */
function isSrgbCurve(icc: Buffer, offset: number): boolean {
  const type = icc.toString('latin1', offset, offset + 4)
  const curve =
    type === 'curv' ? tableCurve(icc, offset) : type === 'para' ? formulaCurve(icc, offset) : undefined
  if (curve === undefined) return false
  return Array.from({ length: 33 }, (_, index) => index / 32).every(x => Math.abs(curve(x) - srgb(x)) < 0.002)
}

function tableCurve(icc: Buffer, offset: number): ((x: number) => number) | undefined {
  const count = icc.readUInt32BE(offset + 8)
  // no entries means linear and one entry a plain gamma, and neither is sRGB
  if (count < 2) return undefined
  const at = (index: number) => icc.readUInt16BE(offset + 12 + 2 * index) / 65535
  return x => {
    const position = x * (count - 1)
    const low = Math.min(Math.floor(position), count - 2)
    return at(low) + (at(low + 1) - at(low)) * (position - low)
  }
}

/** Parametric curve type 3: (ax + b)^g above d, cx below. */
function formulaCurve(icc: Buffer, offset: number): ((x: number) => number) | undefined {
  if (icc.readUInt16BE(offset + 8) !== 3) return undefined
  const g = readFixedPoint(icc, offset + 12)
  const a = readFixedPoint(icc, offset + 16)
  const b = readFixedPoint(icc, offset + 20)
  const c = readFixedPoint(icc, offset + 24)
  const d = readFixedPoint(icc, offset + 28)
  return x => (x >= d ? (a * x + b) ** g : c * x)
}
