import sharp from 'sharp'
import { withBlockedLoader } from './blocked-loader.ts'

const head = `
  <ellipse cx="0" cy="-12" rx="62" ry="78" fill="#3a2a20"/>
  <rect x="-22" y="50" width="44" height="60" fill="#c08e70"/>
  <ellipse cx="0" cy="0" rx="50" ry="66" fill="url(#skin)"/>
  <ellipse cx="-20" cy="-10" rx="11" ry="6" fill="#fff"/><ellipse cx="20" cy="-10" rx="11" ry="6" fill="#fff"/>
  <circle cx="-20" cy="-10" r="5.5" fill="#2a1a10"/><circle cx="20" cy="-10" r="5.5" fill="#2a1a10"/>
  <g fill="none">
    <path d="M-34 -24 q14 -9 27 -1 M34 -24 q-14 -9 -27 -1" stroke="#3a2a20" stroke-width="5"/>
    <path d="M-4 -8 q-6 24 -8 28 q10 6 20 0" stroke="#9a6a50" stroke-width="3.5"/>
  </g>
  <ellipse cx="0" cy="37" rx="19" ry="7" fill="#a84848"/>
  <path d="M-19 37 h38" stroke="#702828" stroke-width="2"/>`

/** The position of the head in `portrait`, as fractions of width and height. */
export const headOfPortrait = { left: 0.6725, top: 0.18, width: 0.155, height: 0.312 }

/** A drawn person on the right of an 800x500 image, realistic enough for face detection. */
export function portrait(): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="500">
    <radialGradient id="skin" cx=".45" cy=".4" r=".7">
      <stop offset="0" stop-color="#f0c8a8"/><stop offset="1" stop-color="#b07c5c"/>
    </radialGradient>
    <rect width="800" height="500" fill="#7a8a80"/>
    <path d="M500 500 q10 -200 100 -210 q100 10 110 210z" fill="#304060"/>
    <g transform="translate(600 180)">${head}</g>
  </svg>`
  return withBlockedLoader('Svg', () => sharp(Buffer.from(svg)).blur(1).jpeg({ quality: 90 }).toBuffer())
}
