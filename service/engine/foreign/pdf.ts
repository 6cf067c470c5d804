import { type PDFiumDocument, PDFiumLibrary, type PDFiumPage } from '@hyzyla/pdfium'
import type { DecodedPage, PageRequest } from './decoded-page.ts'
import { assertPageExists, assertSize, undecodableFile } from './page-limits.ts'
import { instantiateWasm } from './webassembly.ts'

/** Pixels per point (1/72 inch) at 150 dots per inch: a letter page becomes 1275x1650. */
const zoom = 150 / 72
/** Larger pages (posters) are rendered at fewer dots per inch, to stay below this number of pixels … */
const maxPagePixels = 16_000_000
/** … and below this side length. */
const maxPageSide = 16_384

/** Renders a page of a PDF on white, with annotations and form fields. Scripts are not executed. */
export async function rasterizePdf(
  file: Uint8Array,
  { page, maxPixels }: PageRequest,
  module: WebAssembly.Module,
): Promise<DecodedPage> {
  const library = await PDFiumLibrary.init({ instantiateWasm: instantiateWasm(module) })
  const document = await library.loadDocument(file).catch((error: Error) => {
    throw undecodableFile(error.message)
  })
  const pages = document.getPageCount()
  assertPageExists(page, pages)
  const limit = Math.min(maxPagePixels, maxPixels)
  const sheet = document.getPage(page - 1)
  const size = pixelsOf(sheet, limit)
  const rendered = await sheet.render({ ...size, scale: 1, render: 'bitmap', renderFormFields: true })
  const { width, height, data } = rendered
  // sizes are needed once, with the first page
  const sizes = page === 1 && pages > 1 ? { sizes: sizesOf(document, limit) } : {}
  return { content: { width, height, channels: 4, data }, pages, ...sizes }
}

/** Maximum number of pages whose sizes are read, as each takes time. Later pages cannot be requested. */
const maxPages = 200
/** Maximum milliseconds for reading page sizes. */
const sizesMs = 5_000

/** Sizes of the first pages, up to a damaged one. */
function sizesOf(document: PDFiumDocument, maxPixels: number): [number, number][] {
  const started = performance.now()
  const sizes: [number, number][] = []
  for (const page of document.pages()) {
    const { originalWidth, originalHeight } = page.getOriginalSize()
    if (sizes.length >= maxPages || performance.now() - started > sizesMs) break
    if (sizes.length > 0 && !(originalWidth > 0 && originalHeight > 0)) break
    const { width, height } = pixelsOf(page, maxPixels)
    sizes.push([width, height])
  }
  return sizes
}

/** The size in pixels of a page given in points. @throws DarkroomError `undecodable` for a page without area */
function pixelsOf(page: PDFiumPage, maxPixels: number): { width: number; height: number } {
  const { originalWidth: width, originalHeight: height } = page.getOriginalSize()
  if (!(width > 0 && height > 0)) throw undecodableFile(`invalid page size of ${width}x${height} points`)
  const scale = Math.min(zoom, Math.sqrt(maxPixels / (width * height)), maxPageSide / Math.max(width, height))
  const side = (points: number) => Math.max(1, Math.floor(points * scale + 1e-6))
  const size = { width: side(width), height: side(height) }
  assertSize(size.width, size.height, maxPixels)
  return size
}
