import { createRequire } from 'node:module'
import type { DecodedPage, PageRequest } from './decoded-page.ts'
import { readHeicProperties } from './heic-properties.ts'
import { assertPageExists, assertSize, undecodableFile } from './page-limits.ts'
import { instantiateWasm } from './webassembly.ts'

/** A result of libheif that may be an error instead. */
interface Outcome {
  readonly code?: unknown
  readonly message?: string
}
type Handle = { readonly brand: 'handle' } & Outcome

interface Decoded extends Outcome {
  readonly channels: readonly {
    readonly id: unknown
    readonly width: number
    readonly height: number
    readonly stride: number
    readonly data: Uint8Array
  }[]
}

/** The part of libheif's API that is used. */
interface Libheif {
  heif_context_alloc(): unknown
  heif_context_read_from_memory(context: unknown, file: Uint8Array): Outcome
  heif_js_context_get_primary_image_handle(context: unknown): Handle
  heif_image_handle_get_width(handle: Handle): number
  heif_image_handle_get_height(handle: Handle): number
  heif_image_handle_has_alpha_channel(handle: Handle): number | boolean
  heif_js_decode_image2(handle: Handle, colorspace: unknown, chroma: unknown): Decoded
  readonly heif_error_code: { readonly heif_error_Ok: unknown }
  readonly heif_colorspace: { readonly heif_colorspace_RGB: unknown }
  readonly heif_chroma: {
    readonly heif_chroma_interleaved_RGB: unknown
    readonly heif_chroma_interleaved_RGBA: unknown
  }
}

/**
 * Decodes the primary image of a HEIF container, with its rotation and crop properties applied (EXIF orientation does
 * not count in this format). Samples stay in the file's colour profile.
 */
export async function decodeHeic(
  file: Uint8Array,
  { page, maxPixels }: PageRequest,
  module: WebAssembly.Module,
): Promise<DecodedPage> {
  assertPageExists(page, 1)
  const libheif = await openLibheif(module)
  const context = libheif.heif_context_alloc()
  const read = libheif.heif_context_read_from_memory(context, file)
  if (read.code !== libheif.heif_error_code.heif_error_Ok)
    throw undecodableFile(read.message ?? 'the file is not HEIF')
  const handle = libheif.heif_js_context_get_primary_image_handle(context)
  if (handle.code !== undefined) throw undecodableFile(handle.message ?? 'the file has no primary image')
  const size = {
    width: libheif.heif_image_handle_get_width(handle),
    height: libheif.heif_image_handle_get_height(handle),
  }
  assertSize(size.width, size.height, maxPixels)
  const { heif_colorspace_RGB } = libheif.heif_colorspace
  const { heif_chroma_interleaved_RGB, heif_chroma_interleaved_RGBA } = libheif.heif_chroma
  // a large photograph would take a third more memory with an alpha channel
  const channels = libheif.heif_image_handle_has_alpha_channel(handle) ? 4 : 3
  const chroma = channels === 4 ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB
  const decoded = libheif.heif_js_decode_image2(handle, heif_colorspace_RGB, chroma)
  const channel = decoded.channels?.[0]
  if (channel === undefined) throw undecodableFile(decoded.message ?? 'the image has no pixels')
  const { width, height, stride } = channel
  assertSize(width, height, maxPixels)
  const data = withoutPadding(channel.data, width * channels, stride, height)
  return { content: { width, height, channels, data, ...readHeicProperties(file) }, pages: 1 }
}

async function openLibheif(module: WebAssembly.Module): Promise<Libheif> {
  const open: (options: object) => Libheif & { ready?: Promise<unknown> } = createRequire(import.meta.url)(
    'libheif-js/libheif-wasm/libheif.js',
  )
  const silent = () => {}
  const libheif = open({ instantiateWasm: instantiateWasm(module), print: silent, printErr: silent })
  await libheif.ready
  return libheif
}

/** Removes the padding at the end of a decoder's rows. */
function withoutPadding(data: Uint8Array, rowBytes: number, stride: number, height: number): Uint8Array {
  if (stride === rowBytes) return data.slice(0, rowBytes * height)
  const packed = new Uint8Array(rowBytes * height)
  for (let y = 0; y < height; y++) packed.set(data.subarray(y * stride, y * stride + rowBytes), y * rowBytes)
  return packed
}
