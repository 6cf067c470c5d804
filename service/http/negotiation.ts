import type { IncomingHttpHeaders } from 'node:http'
import type { ClientPreferences } from '../delivery/negotiation.ts'
import { type AcceptedTypes, acceptAnything } from '../plan/format-choice.ts'
import type { ClientHints } from '../plan/hints.ts'

/** Browsers send 70 to 150 characters; what is longer counts as not sent. */
const maxAcceptLength = 1_024

/** What stands between commas, or semicolons, that are not in quotes. No character fits twice, so they are linear. */
const betweenCommas = /(?:[^",]|"(?:[^"\\]|\\.?)*"?)+/g
const betweenSemicolons = /(?:[^";]|"(?:[^"\\]|\\.?)*"?)+/g
const weightForm = /^q\s*=\s*(0(?:\.\d*)?|1(?:\.0*)?)$/i

/** Reads what a client says of itself. */
export function readClient(headers: IncomingHttpHeaders): ClientPreferences {
  return { accepted: readAccept(headers.accept), hints: readHints(headers) }
}

/**
 * How much a client wants each media type (RFC 9110, section 12.5.1): a type that it names counts before `image/*`,
 * and that before any type. A range with a weight that is none is ignored; parameters of the type have no say.
 */
export function readAccept(header: string | undefined): AcceptedTypes {
  if (header === undefined || header.length > maxAcceptLength) return acceptAnything
  const weights = new Map((header.match(betweenCommas) ?? []).flatMap(readRange))
  const others = weights.get('image/*') ?? weights.get('*/*') ?? 0
  return weights.size === 0 ? acceptAnything : { named: weights, others }
}

function readRange(item: string): [type: string, weight: number][] {
  const [type = '', ...parameters] = (item.match(betweenSemicolons) ?? []).map(part => part.trim())
  const weight = parameters.find(parameter => /^q\s*=/i.test(parameter))
  if (!type.includes('/')) return []
  if (weight === undefined) return [[type.toLowerCase(), 1]]
  const [, value] = weightForm.exec(weight) ?? []
  return value === undefined ? [] : [[type.toLowerCase(), Number(value)]]
}

/**
 * The client hints of a request, by the names of today's browsers alone: the older `DPR`, `Width` and
 * `Viewport-Width` would have to stand in `Vary`, too, and split every cache. What is not a positive number is no hint.
 */
function readHints(headers: IncomingHttpHeaders): ClientHints {
  return {
    dpr: positive(headers['sec-ch-dpr']),
    width: positive(headers['sec-ch-width']),
    viewportWidth: positive(headers['sec-ch-viewport-width']),
    saveData: headers['save-data']?.toString().trim().toLowerCase() === 'on',
  }
}

/** A decimal as structured fields have it (RFC 9651, section 3.3), as far as it can be a number of pixels. */
function positive(header: string | string[] | undefined): number | undefined {
  const text = header?.toString() ?? ''
  const value = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0
  return value > 0 ? value : undefined
}
