import { type Primaries, rgbProfile, srgbPrimaries, type Transfer } from './icc-profile.ts'

/** Coding-independent code points (ITU-T H.273), as in `nclx` of AVIF and HEIC and in `cICP` of PNG. */
export interface CodePoints {
  readonly primaries: number
  readonly transfer: number
}

const d65 = [0.3127, 0.329] as const
const pal: Primaries = [[0.64, 0.33], [0.29, 0.6], [0.15, 0.06], d65]
const ntsc: Primaries = [[0.63, 0.34], [0.31, 0.595], [0.155, 0.07], d65]

/** H.273, table 2. Other code points, and 2 for unspecified, count as sRGB's primaries. */
const primariesOf: Readonly<Record<number, Primaries>> = {
  5: pal,
  6: ntsc,
  7: ntsc,
  9: [[0.708, 0.292], [0.17, 0.797], [0.131, 0.046], d65],
  11: [
    [0.68, 0.32],
    [0.265, 0.69],
    [0.15, 0.06],
    [0.314, 0.351],
  ],
  12: [[0.68, 0.32], [0.265, 0.69], [0.15, 0.06], d65],
}

/**
 * H.273, table 3. The camera curves (1, 6, 14 and 15) count as sRGB's, as browsers show them; other code points, and 2
 * for unspecified, as well.
 */
function transferOf(code: number): Transfer {
  const simple = { 4: 2.2, 5: 2.8, 8: 1 }[code]
  if (simple !== undefined) return { kind: 'gamma', exponent: simple }
  if (code === 16) return { kind: 'table', values: steps(value => toneMap(pqToNits(value))) }
  if (code === 18) return { kind: 'table', values: steps(value => toneMap(hlgToNits(value))) }
  return { kind: 'srgb' }
}

const cache = new Map<string, Buffer | undefined>()

/** The ICC profile that stands for code points; undefined for sRGB. PQ and HLG are tone-mapped by its curves. */
export function profileOf({ primaries, transfer }: CodePoints): Buffer | undefined {
  const key = `${primaries} ${transfer}`
  // a file may name any of 65,536 pairs; only known ones are cached, as the others equal sRGB
  const isKnown = primariesOf[primaries] !== undefined || transferOf(transfer).kind !== 'srgb'
  if (!isKnown) return undefined
  const existing = cache.get(key)
  if (existing) return existing
  const profile = rgbProfile(primariesOf[primaries] ?? srgbPrimaries, transferOf(transfer))
  if (cache.size < maxCached) cache.set(key, profile)
  return profile
}

const maxCached = 100

const tableSteps = 4096
const steps = (curve: (value: number) => number) =>
  Array.from({ length: tableSteps }, (_, index) => curve(index / (tableSteps - 1)))

/** Luminance of diffuse white (ITU-R BT.2408), which becomes sRGB's white, and of the brightest highlight, in cd/m². */
const whiteNits = 203
const peakNits = 1000

/** SMPTE ST 2084: from a PQ sample to cd/m², and back. */
const pq = { m1: 2610 / 16384, m2: 2523 / 32, c1: 3424 / 4096, c2: 2413 / 128, c3: 2392 / 128 }
export function pqToNits(value: number): number {
  const power = value ** (1 / pq.m2)
  return 10_000 * (Math.max(power - pq.c1, 0) / (pq.c2 - pq.c3 * power)) ** (1 / pq.m1)
}
export function nitsToPq(nits: number): number {
  const power = (nits / 10_000) ** pq.m1
  return ((pq.c1 + pq.c2 * power) / (1 + pq.c3 * power)) ** pq.m2
}

/** ITU-R BT.2100, table 5: from an HLG sample to cd/m² of a display of 1,000 cd/m², whose system gamma is 1.2. */
export function hlgToNits(value: number): number {
  const [a, b, c] = [0.17883277, 0.28466892, 0.55991073]
  const scene = value <= 0.5 ? value ** 2 / 3 : (Math.exp((value - c) / a) + b) / 12
  return peakNits * scene ** 1.2
}

/**
 * ITU-R BT.2390, section 5.4.1: dark and middle tones stay, highlights roll off smoothly from 1,000 to 203 cd/m².
 * Each channel is mapped on its own, so that bright saturated colours become a little paler.
 * @returns linear light, 0–1
 */
function toneMap(nits: number): number {
  const peak = nitsToPq(peakNits)
  const most = nitsToPq(whiteNits) / peak
  const knee = 1.5 * most - 0.5
  const value = Math.min(1, nitsToPq(nits) / peak)
  const mapped = value < knee ? value : hermite((value - knee) / (1 - knee), knee, most)
  return pqToNits(mapped * peak) / whiteNits
}

const hermite = (t: number, knee: number, most: number) =>
  (2 * t ** 3 - 3 * t ** 2 + 1) * knee +
  (t ** 3 - 2 * t ** 2 + t) * (1 - knee) +
  (-2 * t ** 3 + 3 * t ** 2) * most
