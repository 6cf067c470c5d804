import { DarkroomError } from '../errors/catalogue.ts'
import type { Extension } from '../url/address.ts'
import type { ImageFacts } from './facts.ts'
import { isOutputFormat, type OutputFormat, outputFormats } from './formats.ts'

/** A client's preference for each media type, from 0 to 1 (RFC 9110, section 12.5.1). */
export interface AcceptedTypes {
  /** Weights of the media types that it names, in lower case; 0 means not acceptable. */
  readonly named: ReadonlyMap<string, number>
  /** Weight of every image type that it does not name. */
  readonly others: number
}

/** A client that sends no `Accept` header. */
export const acceptAnything: AcceptedTypes = { named: new Map(), others: 1 }

/** The traits of a derivative that decide which format suits it best. */
export interface ContentTraits {
  /** It may have transparency. */
  readonly alpha: boolean
  /** It is an animation. */
  readonly animated: boolean
  /** It is a graphic, with flat areas and sharp edges, which JPEG blurs and PNG compresses well. */
  readonly graphic: boolean
  /** The URL asks for an encoding without loss. */
  readonly lossless: boolean
  /**
   * The original's file suggests a drawing. Unlike `graphic`, this never changes when the pixels are analysed, so the
   * modern format of a URL does not either.
   */
  readonly drawn: boolean
  /** The original has black and white only, and the result has its size. */
  readonly bilevel: boolean
  /** Width times height. */
  readonly pixels: number
  /** The URL asks for a wide colour profile or for metadata. */
  readonly annotated: boolean
}

/** Not every client supports these formats, so a client must name them: a wildcard does not prove support. */
const modern: readonly OutputFormat[] = ['jxl', 'avif', 'webp']
/** Formats that every client supports. */
const plain = ['jpg', 'png', 'gif'] as const

/**
 * Chooses the output format of a request. `auto` takes the format that the client prefers among those that preserve the
 * content, and of equally preferred ones the format that suits the content best. A client that accepts none of these
 * gets another format that it accepts, unless that would lose the animation; a client that accepts nothing gets a format
 * that every client supports.
 * @throws DarkroomError `bad-url` for an extension that is not an image format
 */
export function chooseFormat(
  extension: Extension,
  accepted: AcceptedTypes,
  content: ContentTraits,
): OutputFormat {
  if (isOutputFormat(extension)) return extension
  if (extension !== 'auto') {
    const formats = `${Object.keys(outputFormats).join(', ')} or auto`
    throw new DarkroomError('bad-url', `extension ${extension} is not an image format, expected ${formats}`)
  }
  const universal = universalFormats(content)
  const fallbacks = content.animated ? [] : plain
  return (
    preferred(
      [...modernFormats(content).filter(format => preserves(format, content)), ...universal],
      accepted,
    ) ??
    preferred(fallbacks, accepted) ??
    universal[0]
  )
}

/** A result of at most this many pixels is an icon. The headers of AVIF and JPEG XL are too long for so few pixels. */
const maxIconPixels = 4_096

/**
 * The modern formats for a content, the best first, by the bytes at equal SSIM: `docs/formats-and-client-hints.md` has the
 * figures of `bench/formats.ts`. With loss, AVIF is the smallest for photographs, drawings and screenshots. WebP is for
 * icons and black and white, where it is without loss.
 */
function modernFormats({ drawn, bilevel, lossless, pixels }: ContentTraits): readonly OutputFormat[] {
  if (lossless) return drawn ? ['webp', 'jxl', 'avif'] : ['jxl', 'webp', 'avif']
  if (bilevel || pixels <= maxIconPixels) return ['webp', 'avif', 'jxl']
  return drawn ? ['avif', 'webp', 'jxl'] : ['avif', 'jxl', 'webp']
}

/** Formats that every client supports and that preserve the content, the best first. */
function universalFormats({ alpha, animated, graphic }: ContentTraits): [OutputFormat, ...OutputFormat[]] {
  if (animated) return ['gif']
  if (alpha) return ['png']
  return graphic ? ['png', 'jpg'] : ['jpg', 'png']
}

/** Whether a format can hold all that the result has. */
function preserves(format: OutputFormat, { animated, pixels, annotated }: ContentTraits): boolean {
  const { animated: holdsAnimation, maxPixels = Number.POSITIVE_INFINITY, pixelsOnly } = outputFormats[format]
  return (!animated || holdsAnimation === true) && pixels <= maxPixels && !(annotated && pixelsOnly)
}

function preferred(formats: readonly OutputFormat[], accepted: AcceptedTypes): OutputFormat | undefined {
  let best: OutputFormat | undefined
  let most = 0
  for (const format of formats) {
    const weight = accepted.named.get(outputFormats[format].contentType) ?? unnamedWeight(format, accepted)
    if (weight > most) {
      best = format
      most = weight
    }
  }
  return best
}

/**
 * The weight of a format that a client does not name. Old browsers name PNG and accept JPEG only by `image/*` with a
 * lower weight (0.8 or 0.5). That does not mean that they prefer PNG: they send the same header for photographs, for
 * which a PNG has several times the bytes. Only a weight below half of PNG's is taken as a preference for PNG.
 */
function unnamedWeight(format: OutputFormat, { named, others }: AcceptedTypes): number {
  if (modern.includes(format)) return 0
  const png = named.get(outputFormats.png.contentType) ?? 0
  return format === 'jpg' && others >= png / 2 ? Math.max(others, png) : others
}

/** The kind of an image, as found by analysing its pixels. */
type Kind = 'photo' | 'graphic'

/**
 * Whether an image is a graphic rather than a photograph. Before its pixels are analysed this is guessed from the file:
 * graphics are usually stored as GIF, or as PNG with less than one byte a pixel. Photographs need more.
 */
export function isGraphic({ format, width, height, bytes, vector }: ImageFacts, kind?: Kind): boolean {
  if (kind !== undefined) return kind === 'graphic'
  return vector === true || format === 'gif' || (format === 'png' && bytes < width * height)
}
