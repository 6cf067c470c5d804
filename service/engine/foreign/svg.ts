import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { initWasm, Resvg } from '@resvg/resvg-wasm'
import type { DecodedPixels } from './decoded-page.ts'
import { assertSize } from './page-limits.ts'
import { backgroundOf } from './svg-background.ts'
import { canvasFor, onCanvas } from './svg-canvas.ts'
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
  const background = backgroundOf(text)
  const fonts = await fontsFor(detached.text, supplies.fonts)
  const options = { font: fonts, ...(background === undefined ? {} : { background }) }
  const { width, height } = measure(text, options)
  const intrinsic = { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) }
  assertSize(intrinsic.width, intrinsic.height, maxPixels)
  const zoom =
    size === 'test'
      ? Math.min(1, Math.sqrt(testPixels / (width * height)))
      : Math.max(size.width / width, size.height / height)
  assertSize(Math.ceil(width * zoom), Math.ceil(height * zoom), maxPixels)
  const drawing = { text, options, size: { width, height }, zoom }
  const rendered = await draw(drawing).catch(error => drawAfterTrap(drawing, module, error))
  return { pixels: { ...rendered, channels: 4, data: unpremultiply(rendered.data) }, intrinsic }
}

interface Options {
  readonly font: Awaited<ReturnType<typeof fontsFor>>
  readonly background?: string
}

function measure(text: string, options: Options): VectorSize {
  const { width, height } = new Resvg(text, options)
  return { width, height }
}

interface Drawing {
  readonly text: string
  readonly options: Options
  readonly size: VectorSize
  /** Pixels per unit of the document. */
  readonly zoom: number
}
type Drawn = VectorSize & { readonly data: Uint8Array }

async function draw({ text, options, zoom }: Drawing, Renderer = Resvg): Promise<Drawn> {
  const { width, height, pixels } = new Renderer(text, {
    ...options,
    fitTo: { mode: 'zoom', value: zoom },
  }).render()
  return { width, height, data: pixels }
}

/**
 * Maximum number of pixels of the larger canvas; for more, the zoom is reduced. One layer of the renderer may have 16
 * times as many.
 */
const maxCanvasPixels = 2_000_000

/** Draws again on a larger canvas, in a new instance of the module, if that can avoid a trap. See `canvasFor`. */
async function drawAfterTrap(drawing: Drawing, module: WebAssembly.Module, error: unknown): Promise<Drawn> {
  if (!(error instanceof Error && error.name === 'RuntimeError')) throw error
  const wasmPath = createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm')
  const url = new URL('index.mjs?again', pathToFileURL(wasmPath))
  const again: typeof import('@resvg/resvg-wasm') = await import(url.href)
  await again.initWasm(module)
  const { text, options, size } = drawing
  const content = new again.Resvg(text, options).getBBox()
  const canvas = content && canvasFor(content, size)
  if (canvas === undefined) throw error
  const zoom = Math.min(drawing.zoom, Math.sqrt(maxCanvasPixels / (canvas.width * canvas.height)))
  // the margins to the left of the drawing and above it, in whole pixels
  const [left, top] = [Math.ceil(-canvas.x * zoom), Math.ceil(-canvas.y * zoom)]
  const placed = { ...canvas, x: -left / zoom, y: -top / zoom }
  const extended = { ...drawing, text: onCanvas(text, size, placed), zoom }
  const { width, data } = await draw(extended, again.Resvg)
  const side = (length: number) => Math.max(1, Math.round(length * zoom))
  return crop(data, width, { left, top, width: side(size.width), height: side(size.height) })
}

function crop(
  data: Uint8Array,
  rowPixels: number,
  { left, top, width, height }: VectorSize & { left: number; top: number },
): Drawn {
  const cropped = new Uint8Array(width * height * 4)
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * rowPixels + left) * 4
    cropped.set(data.subarray(from, from + width * 4), row * width * 4)
  }
  return { width, height, data: cropped }
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
