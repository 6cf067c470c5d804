import sharp from 'sharp'
import { drawPicture } from './pictures.ts'

const svg = (width: number, height: number, body: string) =>
  sharp(
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`),
  )

/** A window with a menu, rows of text and buttons. */
function interfaceOf(width: number, height: number, selected = 3): string {
  const rows = Array.from({ length: Math.floor((height - 60) / 28) }, (_, row) => {
    const y = 60 + 28 * row
    const fill = row === selected ? '#cfe3ff' : row % 2 === 0 ? '#ffffff' : '#f5f6f8'
    const text = `Row ${row}: ${'invoice payment customer '.repeat(3).slice(row, row + 48)}`
    return `<rect x="180" y="${y}" width="${width}" height="28" fill="${fill}"/>
      <text x="192" y="${y + 19}" font-family="sans-serif" font-size="14" fill="#23262d">${text}</text>
      <rect x="${width - 90}" y="${y + 4}" width="72" height="20" rx="4" fill="#3b6fe0"/>`
  })
  return `<rect width="100%" height="100%" fill="#eceef2"/><rect width="100%" height="44" fill="#2d3340"/>
    <rect width="170" height="100%" y="44" fill="#dfe3ea"/>${rows.join('')}`
}

/** Large shapes of few colours. */
const drawing = Array.from({ length: 40 }, (_, index) => {
  const hue = (index * 47) % 360
  const [x, y] = [(index * 193) % 1000, (index * 131) % 700]
  return `<circle cx="${x}" cy="${y}" r="${30 + (index % 5) * 18}" fill="hsl(${hue},70%,55%)" stroke="#222" stroke-width="4"/>`
}).join('')

const icon = `<rect x="4" y="4" width="56" height="56" rx="14" fill="#e0483b"/><path d="M18 34 L28 44 L48 20" stroke="#fff" stroke-width="7" fill="none"/>`

/** A GIF of a window whose selection moves. */
async function recording(): Promise<Buffer> {
  const frames = Array.from({ length: 20 }, (_, at) =>
    svg(640, 420, interfaceOf(640, 420, at % 12))
      .png()
      .toBuffer(),
  )
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .gif({ delay: Array(20).fill(100) })
    .toBuffer()
}

/** A GIF of a photograph that is panned. */
async function pan(photograph: Buffer): Promise<Buffer> {
  const frames = Array.from({ length: 12 }, (_, at) =>
    sharp(photograph)
      .resize(480)
      .extract({ left: at * 8, top: 20, width: 320, height: 220 })
      .png()
      .toBuffer(),
  )
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .gif({ delay: Array(12).fill(80) })
    .toBuffer()
}

/** Pictures of each kind, in the formats in which they are usually uploaded. */
export async function samplePictures(): Promise<{ name: string; file: Buffer }[]> {
  const photograph = await sharp(await drawPicture(1))
    .resize(1200)
    .jpeg({ quality: 85 })
    .toBuffer()
  const window = () => svg(1280, 800, interfaceOf(1280, 800))
  const scan = svg(1240, 900, interfaceOf(1240, 900)).flatten().threshold(140).toColourspace('b-w')
  const pictures: Record<string, Buffer> = {
    'photograph, JPEG': photograph,
    'photograph, PNG': await sharp(photograph).resize(800).png().toBuffer(),
    'grey photograph, PNG': await sharp(photograph)
      .resize(800)
      .grayscale()
      .toColourspace('b-w')
      .png()
      .toBuffer(),
    'drawing, PNG': await svg(1000, 700, `<rect width="100%" height="100%" fill="#fff"/>${drawing}`)
      .png()
      .toBuffer(),
    'screenshot, PNG': await window().png().toBuffer(),
    'screenshot, PNG with a palette': await window().png({ palette: true, dither: 0 }).toBuffer(),
    'page in black and white, PNG': await scan.png({ palette: true, colours: 2, dither: 0 }).toBuffer(),
    'icon, PNG': await svg(64, 64, icon).png().toBuffer(),
    'animated interface, GIF': await recording(),
    'animated photograph, GIF': await pan(photograph),
  }
  return Object.entries(pictures).map(([name, file]) => ({ name, file }))
}
