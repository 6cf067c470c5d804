import { PDFiumLibrary } from '@hyzyla/pdfium'
import { checkPage, checkSize, refuse } from './limits.ts'
import type { DecodedPage, PageRequest } from './picture.ts'
import { instantiate } from './webassembly.ts'

/** A page is in points of 1/72 inch and rendered at 150 dots per inch: a letter becomes 1275x1650. */
const zoom = 150 / 72
/** A larger page (a poster) is rendered at fewer dots per inch, so that it has at most so many pixels … */
const maxPagePixels = 16_000_000
/** … and no side longer than this. */
const maxPageSide = 16_384

/** Renders a page of a PDF on white, with its annotations and form fields; nothing in it is run. */
export async function renderPdf(
  file: Uint8Array,
  { page, maxPixels }: PageRequest,
  module: WebAssembly.Module,
): Promise<DecodedPage> {
  const library = await PDFiumLibrary.init({ instantiateWasm: instantiate(module) })
  const document = await library.loadDocument(file).catch((error: Error) => {
    throw refuse(error.message)
  })
  const pages = document.getPageCount()
  checkPage(page, pages)
  const sheet = document.getPage(page - 1)
  const { originalWidth, originalHeight } = sheet.getOriginalSize()
  const size = pixelsOf(originalWidth, originalHeight, Math.min(maxPagePixels, maxPixels))
  const rendered = await sheet.render({ ...size, scale: 1, render: 'bitmap' })
  const { width, height, data } = rendered
  return { content: { width, height, channels: 4, data }, pages }
}

/** Size in pixels of a page given in points. @throws DarkroomError `undecodable` for a page without area */
function pixelsOf(width: number, height: number, maxPixels: number): { width: number; height: number } {
  if (!(width > 0 && height > 0)) throw refuse(`a page of ${width}x${height} points`)
  const scale = Math.min(zoom, Math.sqrt(maxPixels / (width * height)), maxPageSide / Math.max(width, height))
  const side = (points: number) => Math.max(1, Math.floor(points * scale + 1e-6))
  const size = { width: side(width), height: side(height) }
  checkSize(size.width, size.height, maxPixels)
  return size
}
