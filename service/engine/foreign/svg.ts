import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { initWasm, Resvg } from '@resvg/resvg-wasm'
import type { DecodedPixels } from './decoded-page.ts'
import { assertSize } from './page-limits.ts'
import { readSvgText } from './svg-text.ts'

/** The size of a vector picture as it says itself, in whole pixels. */
export interface VectorSize {
  readonly width: number
  readonly height: number
}

/** What to render: at least this size, or a small proof that it can be rendered. */
export interface VectorRequest {
  readonly size: VectorSize | 'proof'
  readonly maxPixels: number
}

/** A proof of an upload needs no more pixels than this. */
const proofPixels = 250_000

/**
 * Renders an SVG. The renderer has no scripts, no network and no files by construction; pictures inside are read from
 * `data:` only, entities are expanded within bounds.
 * @returns pixels that cover the size asked for, in the picture's own proportions, and its intrinsic size
 */
export async function rasterizeSvg(
  file: Uint8Array,
  { size, maxPixels }: VectorRequest,
  module: WebAssembly.Module,
): Promise<{ pixels: DecodedPixels; intrinsic: VectorSize }> {
  await initWasm(module)
  const text = withOwnFonts(readSvgText(file))
  const options = { font: await fontsFor(text) }
  const { width, height } = measured(text, options)
  const intrinsic = { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) }
  assertSize(intrinsic.width, intrinsic.height, maxPixels)
  const zoom =
    size === 'proof'
      ? Math.min(1, Math.sqrt(proofPixels / (width * height)))
      : Math.max(size.width / width, size.height / height)
  assertSize(Math.ceil(width * zoom), Math.ceil(height * zoom), maxPixels)
  const rendered = new Resvg(text, { ...options, fitTo: { mode: 'zoom', value: zoom } }).render()
  const data = straightened(rendered.pixels)
  return { pixels: { width: rendered.width, height: rendered.height, channels: 4, data }, intrinsic }
}

type Fonts = Awaited<ReturnType<typeof fontsFor>>

function measured(text: string, options: { font: Fonts }): VectorSize {
  const { width, height } = new Resvg(text, options)
  return { width, height }
}

const faces = [
  'Sans',
  'Sans-Bold',
  'Sans-Oblique',
  'Serif',
  'Serif-Bold',
  'Serif-Italic',
  'SansMono',
  'SansMono-Bold',
]

/** Fonts are loaded only for a file that may contain text; one that it names and we have not becomes DejaVu Sans. */
async function fontsFor(text: string) {
  const require = createRequire(import.meta.url)
  const hasText = text.includes('text')
  const paths = hasText ? faces.map(face => require.resolve(`dejavu-fonts-ttf/ttf/DejaVu${face}.ttf`)) : []
  return {
    fontBuffers: await Promise.all(paths.map(path => readFile(path))),
    defaultFontFamily: 'DejaVu Sans',
    sansSerifFamily: 'DejaVu Sans',
    serifFamily: 'DejaVu Serif',
    monospaceFamily: 'DejaVu Sans Mono',
    cursiveFamily: 'DejaVu Serif',
    fantasyFamily: 'DejaVu Sans',
  }
}

/** Where families are named: attributes, styles and the short form `font:`. */
const families = /\bfont(?:-family)?\s*[:=]\s*(?:"[^"<>]*"|'[^'<>]*'|[^;"'<>{}]*)/g

/** The renderer takes every general family for the default one, so the fonts that stand for them are named. */
function withOwnFonts(text: string): string {
  return text.replace(families, named =>
    named
      .replace(/(?<![\w-])serif(?![\w-])/g, 'DejaVu Serif')
      .replace(/(?<![\w-])monospace(?![\w-])/g, 'DejaVu Sans Mono'),
  )
}

/** The renderer's colours are multiplied by their alpha; what is drawn on afterwards expects them as they are. */
function straightened(pixels: Uint8Array): Uint8Array {
  for (let at = 0; at < pixels.length; at += 4) {
    const alpha = pixels[at + 3] ?? 0
    if (alpha === 0 || alpha === 255) continue
    for (let channel = at; channel < at + 3; channel++)
      pixels[channel] = Math.min(255, Math.round(((pixels[channel] ?? 0) * 255) / alpha))
  }
  return pixels
}
