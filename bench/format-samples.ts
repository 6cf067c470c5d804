import sharp from 'sharp'
import { drawPicture } from './pictures.ts'
import { samplePictures } from './sample-pictures.ts'

/** A picture of a kind, and the width at which it is compared; undefined for its own size. */
export interface FormatSample {
  readonly kind: string
  readonly file: Buffer
  readonly width: number | undefined
  /** Whether brightness alone is compared, which is what the eye sees of a photograph. Otherwise every channel is. */
  readonly byLuma: boolean
}

/** Kinds that are drawn, by the name of the sample picture. Half the width stands for a page that scales it down. */
const kinds: Readonly<Record<string, { readonly kind: string; readonly byLuma: boolean }>> = {
  'photograph, JPEG': { kind: 'photograph', byLuma: true },
  'drawing, PNG': { kind: 'drawing', byLuma: false },
  'screenshot, PNG': { kind: 'screenshot', byLuma: false },
  'icon, PNG': { kind: 'small icon', byLuma: false },
}

/** Draws one picture of each kind, at its own size and at half of it. */
export async function formatSamples(): Promise<FormatSample[]> {
  const drawn = (await samplePictures()).flatMap(({ name, file }) => {
    const known = kinds[name]
    return known ? [{ ...known, file }] : []
  })
  const transparent = [
    { kind: 'transparent drawing', byLuma: false, file: await logo() },
    { kind: 'transparent photograph', byLuma: false, file: await cutOut() },
  ]
  return (await Promise.all([...drawn, ...transparent].map(atBothSizes))).flat()
}

async function atBothSizes({ kind, file, byLuma }: Omit<FormatSample, 'width'>): Promise<FormatSample[]> {
  const { width } = await sharp(file).metadata()
  const half = Math.round(width / 2)
  return [
    { kind, file, byLuma, width: undefined },
    { kind: `${kind}, half the width`, file, byLuma, width: half },
  ]
}

/** Shapes and letters without a background. */
function logo(): Promise<Buffer> {
  const letters = `<text x="250" y="190" font-family="sans-serif" font-size="120" font-weight="bold" fill="#1d2b4f">Harbour</text>`
  const mark = `<circle cx="120" cy="150" r="96" fill="#e0483b"/><path d="M60 170 Q120 90 180 170 T230 190" stroke="#fff" stroke-width="16" fill="none"/>`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="300">${mark}${letters}</svg>`
  return sharp(Buffer.from(svg)).png().toBuffer()
}

/** A photograph whose background is transparent, with a soft edge, as shops show goods. */
async function cutOut(): Promise<Buffer> {
  const [width, height] = [800, 600]
  const mask = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><filter id="soft"><feGaussianBlur stdDeviation="2"/></filter></defs><ellipse cx="400" cy="300" rx="300" ry="240" filter="url(#soft)"/></svg>`
  return sharp(await drawPicture(2))
    .resize(width, height)
    .ensureAlpha()
    .composite([{ input: Buffer.from(mask), blend: 'dest-in' }])
    .png()
    .toBuffer()
}
