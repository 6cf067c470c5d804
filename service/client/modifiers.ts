import { checkSteps } from '#checks'
import { type Extension, extensions } from '../url/address.ts'
import { badUrl } from '../url/bad-url.ts'
import { badExtension, canonicalExtension } from '../url/path.ts'
import { type FrameChange, splitAtResize, withFrame } from './frame.ts'
import type { OperationStep, ResizeOptions } from './operations.generated.ts'
import { findGrant, type PolicyGrant, policyUrl } from './policy.ts'
import { readStep } from './spelling.ts'

/**
 * The words that an option accepts, or any text that a framework passes: for an unknown word, `url` throws an error
 * that names the option.
 */
type Word<Known> = Known | (string & {})

/** The modifiers that frameworks pass. Numbers may be strings, like HTML attributes. */
export interface Modifiers {
  /** Width of the frame in pixels; without `height` it keeps the aspect ratio. */
  readonly width?: number | string | undefined
  readonly height?: number | string | undefined
  readonly fit?: Word<NonNullable<ResizeOptions['fit']>> | undefined
  /** The area that a crop keeps, such as `face`. */
  readonly gravity?: Word<NonNullable<ResizeOptions['g']>> | undefined
  /** Colour of the padding, in hex with or without `#`. */
  readonly background?: string | undefined
  /** Standard deviation in pixels. */
  readonly blur?: number | string | undefined
  /** Quality, 1–100. */
  readonly quality?: number | string | undefined
  readonly format?: Word<Extension> | undefined
  /** Operations that replace those of the URL. */
  readonly operations?: readonly OperationStep[] | undefined
}

/** Sides in pixels. */
interface FrameSize {
  readonly w: number | undefined
  readonly h: number | undefined
}

/** The parts of a URL that is signed with a policy. */
export interface GrantedSource {
  readonly grant: PolicyGrant
  readonly operations: readonly OperationStep[]
  readonly format: Extension
}

/**
 * Parses a URL that is signed with a policy. Returns undefined for any other URL, such as that of a local image.
 * @throws DarkroomError `bad-url` when its path does not follow the grammar
 */
export function readSource(src: string | URL): GrantedSource | undefined {
  const found = findGrant(String(src))
  if (found === undefined) return undefined
  const file = found.path.slice(found.path.lastIndexOf('/') + 1)
  const dot = file.lastIndexOf('.')
  const extension = canonicalExtension(file.slice(dot + 1))
  const format = extensions.find(one => one === extension)
  if (dot < 0 || format === undefined) throw badExtension(extension)
  const operations = readTokens(file.slice(0, dot).split('_').slice(1))
  checkSteps(operations)
  return { grant: found.grant, operations, format }
}

/** Reads operations, each of which may be followed by its options: only these contain a `-`. */
function readTokens(tokens: readonly string[]): OperationStep[] {
  return tokens.flatMap((token, at) => {
    const options = tokens[at + 1]
    if (!token.includes('-')) return [readStep(token, options?.includes('-') ? options : undefined)]
    if (at > 0 && !tokens[at - 1]?.includes('-')) return []
    throw badUrl(`options "${token.slice(0, 60)}" have no operation`)
  })
}

/**
 * Applies modifiers to a source's URL. Its operations keep their order. A size is set in the first `resize`, a blur in
 * the last `blur`, and a quality in the last `encode`; a missing operation is appended. The pixel options behind the first
 * `resize` scale with it, so that all sizes look alike. The server checks the policy
 * when the URL is requested.
 * @throws DarkroomError `bad-url` with the option's name and the expected value
 */
export function modify({ grant, ...source }: GrantedSource, modifiers: Modifiers): string {
  const framed = withModifiedFrame(modifiers.operations ?? source.operations, modifiers)
  const blurred = withOption(framed, 'blur', 's', numberOf(modifiers.blur))
  const operations = withOption(blurred, 'encode', 'q', wholeOf(modifiers.quality))
  // not checked here: `url` throws an error that lists the formats
  const format = (modifiers.format || source.format).replace(/^jpeg$/, 'jpg') as Extension
  return policyUrl(grant, { operations, format })
}

/**
 * Applies modifiers to any URL. A URL without a policy is returned unchanged: its signature is valid for no other URL.
 * @throws DarkroomError `bad-url`
 */
export function modifyUrl(src: string | URL, modifiers: Modifiers, baseUrl?: string): string {
  const source = readSource(src)
  if (source === undefined) return String(src)
  const base = source.grant.baseUrl ?? baseUrl
  return modify({ ...source, grant: { ...source.grant, baseUrl: base } }, modifiers)
}

function withModifiedFrame(
  operations: readonly OperationStep[],
  modifiers: Modifiers,
): readonly OperationStep[] {
  const size = { w: wholeOf(modifiers.width), h: wholeOf(modifiers.height) }
  const sized = size.w !== undefined || size.h !== undefined
  // a resize needs a size: with neither a size nor a resize, `fit`, `gravity` and `background` have no effect
  if (!sized && !operations.some(({ op }) => op === 'resize')) return operations
  const split = splitAtResize(operations)
  // frameworks ask for device pixels, so the density of the URL goes
  const frame = sized && { ...inProportion(size, split.resize), dpr: undefined }
  // the words and numbers may be invalid here: `url` validates them
  return withFrame(split, { ...frame, ...framingOptionsOf(modifiers) } as FrameChange)
}

/**
 * Computes the missing side of a frame from the aspect ratio of the resize. If the resize does not set both sides, the
 * side stays absent and the image's own ratio applies.
 */
function inProportion({ w, h }: FrameSize, of: ResizeOptions): FrameSize {
  if (typeof of.w !== 'number' || typeof of.h !== 'number') return { w, h }
  const scaled = (side: number) => Math.max(1, Math.round(side))
  if (w !== undefined) return { w, h: h ?? scaled((w * of.h) / of.w) }
  return { w: h && scaled((h * of.w) / of.h), h }
}

function framingOptionsOf({ fit, gravity, background }: Modifiers) {
  return {
    ...(fit && { fit }),
    ...(gravity && { g: gravity }),
    ...(background && { bg: background.replace(/^#/, '') }),
  }
}

function withOption(
  operations: readonly OperationStep[],
  op: 'blur' | 'encode',
  option: 's' | 'q',
  value: number | undefined,
): readonly OperationStep[] {
  if (value === undefined) return operations
  const last = operations.findLastIndex(step => step.op === op)
  if (last < 0) return [...operations, { op, [option]: value } as OperationStep]
  return operations.with(last, { ...operations[last], [option]: value } as OperationStep)
}

/** Parses a number. Other text is returned as it is, so that `url` throws an error that names the option. */
function numberOf(value: number | string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : (value as number)
}

/** Rounds to whole pixels, as frameworks multiply sizes by densities. */
function wholeOf(value: number | string | undefined): number | undefined {
  const number = numberOf(value)
  return typeof number === 'number' && Number.isFinite(number) ? Math.round(number) : number
}
