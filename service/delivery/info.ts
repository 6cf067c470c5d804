import type { Insight } from '../plan/insight.ts'
import type { DerivativeAddress } from '../url/address.ts'
import { badUrl } from '../url/bad-url.ts'
import type { ImageWithOverlays } from './image-with-overlays.ts'

/** An address that asks for words about an image instead of pixels. */
export type InfoAddress = DerivativeAddress & { readonly format: 'json' }

/**
 * Whether an address asks for a description.
 * @throws DarkroomError `bad-url` for the extension json without the operation info, and for info with anything else
 */
export function isInfoAddress(address: DerivativeAddress): address is InfoAddress {
  const { steps, format } = address
  const asked = steps.some(({ op }) => op === 'info')
  if (asked && format === 'json' && steps.length === 1) return true
  if (asked) throw badUrl('info: expected the extension json and no other operation')
  if (format === 'json') throw badUrl('the extension json describes an image: expected <imageId>_info.json')
  return false
}

/** The description of an original as JSON: its facts, what was seen in it, and its focal point. */
export function renderInfo({ facts, focal, sha256 }: ImageWithOverlays, insight: Insight): Buffer {
  const { exif, ...seen } = insight
  const { format, width, height, orientation, pages, alpha, bytes, space, profile, progressive } = facts
  const of = { format, width, height, orientation, pages, alpha, progressive, bytes, sha256, space, profile }
  return Buffer.from(JSON.stringify({ ...of, exif, ...seen, focal }))
}
