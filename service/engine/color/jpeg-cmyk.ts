import { readJpegHeader } from '../quality/containers/jpeg.ts'
import { cmykProfile, cmykTable } from './icc-profile.ts'

/** Points of the table per channel. The largest error between them is half an 8-bit step of sRGB. */
const points = 9

let profile: Buffer | undefined

/** Whether `withCmykProfile` may change a JPEG with this beginning. */
export function mayNeedCmykProfile(head: Buffer): boolean {
  if (head.length < 4 || head.readUInt16BE(0) !== 0xffd8) return false
  const segments = readJpegHeader(head)
  if (segments === undefined) return true
  const isCmyk = segments.some(({ code, bytes }) => isFrame(code) && bytes[9] === 4)
  return isCmyk && !segments.some(({ bytes }) => bytes.toString('latin1', 4, 15) === 'ICC_PROFILE')
}

/**
 * Gives a CMYK JPEG without a profile the conversion that Chromium and Firefox use: red is (1 - cyan) times (1 - black), and
 * so on, in sRGB. libvips would assume a press profile.
 * @returns the same buffer when nothing has to change
 */
export function withCmykProfile(file: Buffer): Buffer {
  if (readJpegHeader(file) === undefined || !mayNeedCmykProfile(file)) return file
  profile ??= cmykProfile(cmykTable(points, multipliedSamples()))
  const body = Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'), profile])
  const marker = Buffer.from([0xff, 0xe2, (body.length + 2) >> 8, (body.length + 2) & 255])
  return Buffer.concat([file.subarray(0, 2), marker, body, file.subarray(2)])
}

/** Start of frame: not the markers of Huffman tables, extensions and arithmetic conditioning. */
const isFrame = (code: number) =>
  code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc

function multipliedSamples(): number[] {
  const inks = Array.from({ length: points }, (_, index) => 1 - index / (points - 1))
  return inks.flatMap(c => inks.flatMap(m => inks.flatMap(y => inks.flatMap(k => [c * k, m * k, y * k]))))
}
