import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { initWasm, Resvg } from '@resvg/resvg-wasm'
import type { DecodedPixels } from './decoded-page.ts'
import { assertSize } from './page-limits.ts'
import {
  attachImages,
  detachImages,
  findCharacters,
  type VectorNeeds,
  type VectorSupplies,
} from './svg-needs.ts'
import { withPlainStyles } from './svg-styles.ts'
import { readSvgText } from './svg-text.ts'

/** The intrinsic size of a vector image, in whole pixels. */
export interface VectorSize {
  readonly width: number
  readonly height: number
}

/** The size of a rasterization: at least `size`, or a small test render. */
export interface VectorRequest {
  readonly size: VectorSize | 'test'
  readonly maxPixels: number
}

/** Maximum number of pixels of a test render. */
const testPixels = 250_000

/**
 * Rasterizes an SVG. The renderer supports no scripts, network or file access by construction; images are read from
 * `data:` URLs only, and entity expansion is bounded.
 * @param ask supplies WebP and AVIF images that the file contains, and fonts for characters that DejaVu lacks
 * @returns pixels that cover the requested size in the image's own aspect ratio, and its intrinsic size
 */
export async function rasterizeSvg(
  file: Uint8Array,
  { size, maxPixels }: VectorRequest,
  module: WebAssembly.Module,
  ask: (needs: VectorNeeds) => Promise<VectorSupplies>,
): Promise<{ pixels: DecodedPixels; intrinsic: VectorSize }> {
  await initWasm(module)
  const detached = detachImages(readSvgText(file))
  const needs = { images: detached.images, characters: findCharacters(detached.text) }
  const isComplete = needs.images.length === 0 && needs.characters.length === 0
  const supplies = isComplete ? { images: [], fonts: [] } : await ask(needs)
  const text = attachImages(withOwnFonts(withPlainStyles(detached.text)), supplies.images)
  const options = { font: await fontsFor(detached.text, supplies.fonts) }
  const { width, height } = measure(text, options)
  const intrinsic = { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) }
  assertSize(intrinsic.width, intrinsic.height, maxPixels)
  const zoom =
    size === 'test'
      ? Math.min(1, Math.sqrt(testPixels / (width * height)))
      : Math.max(size.width / width, size.height / height)
  assertSize(Math.ceil(width * zoom), Math.ceil(height * zoom), maxPixels)
  const rendered = new Resvg(text, { ...options, fitTo: { mode: 'zoom', value: zoom } }).render()
  const data = unpremultiply(rendered.pixels)
  return { pixels: { width: rendered.width, height: rendered.height, channels: 4, data }, intrinsic }
}

type Fonts = Awaited<ReturnType<typeof fontsFor>>

function measure(text: string, options: { font: Fonts }): VectorSize {
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

/**
 * Loads fonts only for files that may contain text. A font that is not installed is replaced by DejaVu Sans, and
 * `others` are used for characters that it lacks.
 */
async function fontsFor(text: string, others: readonly Uint8Array[]) {
  const require = createRequire(import.meta.url)
  const hasText = text.includes('text')
  const paths = hasText ? faces.map(face => require.resolve(`dejavu-fonts-ttf/ttf/DejaVu${face}.ttf`)) : []
  return {
    fontBuffers: [...(await Promise.all(paths.map(path => readFile(path)))), ...others],
    defaultFontFamily: 'DejaVu Sans',
    sansSerifFamily: 'DejaVu Sans',
    serifFamily: 'DejaVu Serif',
    monospaceFamily: 'DejaVu Sans Mono',
    cursiveFamily: 'DejaVu Serif',
    fantasyFamily: 'DejaVu Sans',
  }
}

/** Places that name font families: attributes, styles and the shorthand `font:`. */
const families = /\bfont(?:-family)?\s*[:=]\s*(?:"[^"<>]*"|'[^'<>]*'|[^;"'<>{}]*)/g

/** Replaces generic families by concrete fonts, as the renderer maps every generic family to the default font. */
function withOwnFonts(text: string): string {
  return text.replace(families, named =>
    named
      .replace(/(?<![\w-])serif(?![\w-])/g, 'DejaVu Serif')
      .replace(/(?<![\w-])monospace(?![\w-])/g, 'DejaVu Sans Mono'),
  )
}

/** Converts premultiplied alpha, as the renderer returns it, to straight alpha, as later steps expect it. */
function unpremultiply(pixels: Uint8Array): Uint8Array {
  for (let at = 0; at < pixels.length; at += 4) {
    const alpha = pixels[at + 3] ?? 0
    if (alpha === 0 || alpha === 255) continue
    for (let channel = at; channel < at + 3; channel++)
      pixels[channel] = Math.min(255, Math.round(((pixels[channel] ?? 0) * 255) / alpha))
  }
  return pixels
}
