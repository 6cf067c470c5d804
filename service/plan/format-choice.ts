import { DarkroomError } from '../errors/catalogue.ts'
import type { Extension } from '../url/address.ts'
import type { ImageFacts } from './facts.ts'
import { isOutputFormat, type OutputFormat, outputFormats } from './formats.ts'

/** How much a client wants each media type, from 0 to 1 (RFC 9110, section 12.5.1). */
export interface AcceptedTypes {
  /** Of the types that it names, in lower case; 0 is a refusal. */
  readonly named: ReadonlyMap<string, number>
  /** Of every image that it does not name. */
  readonly others: number
}

/** A client that says nothing of what it accepts. */
export const acceptAnything: AcceptedTypes = { named: new Map(), others: 1 }

/** What of a derivative decides in which format it is best sent. */
export interface ContentTraits {
  /** It may be transparent. */
  readonly alpha: boolean
  /** It moves. */
  readonly animated: boolean
  /** It was drawn: even areas and sharp edges, which JPEG blurs and PNG makes small. */
  readonly graphic: boolean
}

/** Smallest first. Not every client shows them, so only one that names them gets them: a wildcard proves nothing. */
const modern: readonly OutputFormat[] = ['jxl', 'avif', 'webp'].filter(isOutputFormat)
/** What every client shows. */
const plain = ['jpg', 'png', 'gif'] as const

/**
 * The concrete format of a request. `auto` takes the format that the client wants most of those that keep what the
 * content is, and the smallest among equals. A client that refuses all of these gets another that it accepts, unless
 * the movement would be lost; a client that accepts nothing gets what every client shows.
 * @throws DarkroomError `bad-url` for an extension that needs an operation or that cannot be written
 */
export function chooseFormat(
  asked: Extension,
  accepted: AcceptedTypes,
  content: ContentTraits,
): OutputFormat {
  if (isOutputFormat(asked)) return asked
  if (asked !== 'auto') {
    const known = `${Object.keys(outputFormats).join(', ')} or auto`
    throw new DarkroomError('bad-url', `the extension ${asked} cannot be written here: expected ${known}`)
  }
  const sure = sureFormats(content)
  const makeshift = content.animated ? [] : plain
  return (
    mostWanted([...modern.filter(format => !content.animated || moves(format)), ...sure], accepted) ??
    mostWanted(makeshift, accepted) ??
    sure[0]
  )
}

/** Formats that every client shows and that keep what the content is, the best first. */
function sureFormats({ alpha, animated, graphic }: ContentTraits): [OutputFormat, ...OutputFormat[]] {
  if (animated) return ['gif']
  if (alpha) return ['png']
  return graphic ? ['png', 'jpg'] : ['jpg', 'png']
}

const moves = (format: OutputFormat) => outputFormats[format].animated === true

function mostWanted(formats: readonly OutputFormat[], accepted: AcceptedTypes): OutputFormat | undefined {
  let best: OutputFormat | undefined
  let most = 0
  for (const format of formats) {
    const unnamed = modern.includes(format) ? 0 : accepted.others
    const weight = accepted.named.get(outputFormats[format].contentType) ?? unnamed
    if (weight > most) {
      best = format
      most = weight
    }
  }
  return best
}

/** What was looked at in the pixels of an image, as far as the choice needs it. */
type Kind = 'photo' | 'graphic'

/**
 * Whether an image was drawn. Before anybody has looked at its pixels, its file tells: drawings are kept as PNG or
 * GIF, and compress to less than a byte a pixel there, which photographs do not.
 */
export function isGraphic({ format, width, height, bytes, vector }: ImageFacts, kind?: Kind): boolean {
  if (kind !== undefined) return kind === 'graphic'
  return vector === true || format === 'gif' || (format === 'png' && bytes < width * height)
}
