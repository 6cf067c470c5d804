import type { Insight } from '../plan/insight.ts'
import { badUrl } from '../url/refusal.ts'
import type { DerivativeAddress } from '../url/types.ts'
import type { Picture } from './picture.ts'

/** An address that asks for words about an image instead of pixels. */
export type DescriptionAddress = DerivativeAddress & { readonly format: 'json' }

/**
 * Whether an address asks for a description. `info` with any other extension is refused by its operation.
 * @throws DarkroomError `bad-url` for the extension json without `info`, or with more than that
 */
export function asksDescription(address: DerivativeAddress): address is DescriptionAddress {
  if (address.format !== 'json') return false
  const [first, second] = address.steps
  if (first?.op === 'info' && second === undefined) return true
  throw badUrl('the extension json goes with the operation info alone: expected <imageId>_info.json')
}

/** The description of an original as JSON: its facts, what was seen in it, and its focal point. */
export function describe({ facts, focal, sha256 }: Picture, insight: Insight): Buffer {
  const { exif, ...seen } = insight
  const { format, width, height, orientation, pages, alpha, bytes, space, profile, progressive } = facts
  const of = { format, width, height, orientation, pages, alpha, progressive, bytes, sha256, space, profile }
  return Buffer.from(JSON.stringify({ ...of, exif, ...seen, focal }))
}
