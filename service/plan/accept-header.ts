import { type AcceptedTypes, acceptAnything } from './format-choice.ts'

/** The longest `Accept` header that is parsed, in characters. Browsers send 70 to 150; a longer one is ignored. */
const maxAcceptLength = 1_024

/**
 * The items of a header, which commas or semicolons outside of quotes separate. No character can match two alternatives
 * of an expression, so matching takes linear time.
 */
const betweenCommas = /(?:[^",]|"(?:[^"\\]|\\.?)*"?)+/g
const betweenSemicolons = /(?:[^";]|"(?:[^"\\]|\\.?)*"?)+/g
const weightForm = /^q\s*=\s*(0(?:\.\d*)?|1(?:\.0*)?)$/i

/**
 * The client's weight for each media type (RFC 9110, section 12.5.1): an exact type takes precedence over `image/*`,
 * and that over any type. A range with an invalid weight is ignored, and so are parameters of the type.
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
