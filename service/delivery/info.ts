import type { Insight } from '../plan/insight.ts'
import type { DerivativeAddress } from '../url/address.ts'
import { badUrl } from '../url/bad-url.ts'
import type { ImageWithOverlays } from './image-with-overlays.ts'

/** An address that requests a JSON description of an image instead of pixels. */
export type InfoAddress = DerivativeAddress & { readonly format: 'json' }

/**
 * Whether an address requests a description.
 * @throws DarkroomError `bad-url` for the extension json without the operation info, and for info with anything else
 */
export function isInfoAddress(address: DerivativeAddress): address is InfoAddress {
  const { steps, format } = address
  const hasInfo = steps.some(({ op }) => op === 'info')
  if (hasInfo && format === 'json' && steps.length === 1) return true
  if (hasInfo) throw badUrl('info: must be the only operation, with the extension json')
  if (format === 'json') throw badUrl('json: is the extension of info only, expected <imageId>_info.json')
  return false
}

/** The JSON description of an original: its facts, its analysis and its focal point. */
export function renderInfo({ facts, focal, sha256 }: ImageWithOverlays, insight: Insight): Buffer {
  const { exif, ...analysis } = insight
  const { format, width, height, orientation, pages, alpha, bytes, space, profile, progressive } = facts
  const stored = {
    format,
    width,
    height,
    orientation,
    pages,
    alpha,
    progressive,
    bytes,
    sha256,
    space,
    profile,
  }
  return Buffer.from(JSON.stringify({ ...stored, exif, ...analysis, focal }))
}
