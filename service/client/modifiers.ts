import type { Extension } from '../url/address.ts'
import { parseDerivative } from '../url/grammar.ts'
import { type OperationStep, operationTable, type ResizeOptions } from './operations.generated.ts'
import { findGrant, type PolicyGrant, policyUrl } from './policy.ts'
import { withResize } from './srcset.ts'

/** The words of the contract, and any text that a framework may pass: what is none of them is refused by name. */
type Word<Known> = Known | (string & {})

/** What frameworks ask of a picture. Numbers may be text, as attributes of HTML are. */
export interface Modifiers {
  /** Of the frame in pixels; alone it keeps the proportions. */
  readonly width?: number | string | undefined
  readonly height?: number | string | undefined
  readonly fit?: Word<NonNullable<ResizeOptions['fit']>> | undefined
  /** Which part a cut keeps, such as `face`. */
  readonly gravity?: Word<NonNullable<ResizeOptions['g']>> | undefined
  /** Colour of padding, in hex with or without `#`. */
  readonly background?: string | undefined
  /** Standard deviation in pixels. */
  readonly blur?: number | string | undefined
  /** 1–100. */
  readonly quality?: number | string | undefined
  readonly format?: Word<Extension> | undefined
  /** In place of those that the URL has. */
  readonly operations?: readonly OperationStep[] | undefined
}

/** Sides in pixels. */
interface Frame {
  readonly w: number | undefined
  readonly h: number | undefined
}

/** A URL that was signed with a policy, taken apart. */
export interface GrantedSource {
  readonly grant: PolicyGrant
  readonly operations: readonly OperationStep[]
  readonly format: Extension
}

/**
 * Takes a URL apart that was signed with a policy; undefined for any other, such as a page's own picture.
 * @throws DarkroomError `bad-url` when its path does not follow the grammar
 */
export function readSource(src: string | URL): GrantedSource | undefined {
  const found = findGrant(String(src))
  if (found === undefined) return undefined
  const { steps, format } = parseDerivative(found.path, operationTable)
  // the table that they were read by is the one that the types are made from
  const operations = steps.map(({ op, options }) => ({ ...options, op }) as OperationStep)
  return { grant: found.grant, operations, format }
}

/**
 * The URL of a source as it is asked for: its operations stay in their order, a size goes into the first resize, a blur
 * and a quality into the last `blur` and `encode`; what is not there is appended. Whether the policy allows it, the
 * server says.
 * @throws DarkroomError `bad-url` naming the option and what was expected
 */
export function modify({ grant, ...source }: GrantedSource, modifiers: Modifiers): string {
  const framed = withFrame(modifiers.operations ?? source.operations, modifiers)
  const blurred = withOption(framed, 'blur', 's', numberOf(modifiers.blur))
  const operations = withOption(blurred, 'encode', 'q', wholeOf(modifiers.quality))
  // refused by name when it is none
  const format = (modifiers.format || source.format).replace(/^jpeg$/, 'jpg') as Extension
  return policyUrl(grant, { operations, format })
}

/**
 * The same of any URL: one that was not signed with a policy speaks for nothing but itself, and stays as it is.
 * @throws DarkroomError `bad-url`
 */
export function modifyUrl(src: string | URL, modifiers: Modifiers, baseUrl?: string): string {
  const source = readSource(src)
  if (source === undefined) return String(src)
  const base = source.grant.baseUrl ?? baseUrl
  return modify({ ...source, grant: { ...source.grant, baseUrl: base } }, modifiers)
}

function withFrame(operations: readonly OperationStep[], modifiers: Modifiers): readonly OperationStep[] {
  const size = { w: wholeOf(modifiers.width), h: wholeOf(modifiers.height) }
  const sized = size.w !== undefined || size.h !== undefined
  // a frame without a size would be no resize
  if (!sized && !operations.some(({ op }) => op === 'resize')) return operations
  return withResize(operations, resize => {
    const changes = { ...(sized && inProportion(size, resize)), ...cutOf(modifiers) }
    // words and numbers of all kinds, which `url` takes or refuses by name
    return changes as ResizeOptions
  })
}

/** A frame with one side follows the proportions of the resize; where that has none, they are the picture's own. */
function inProportion({ w, h }: Frame, of: ResizeOptions): Frame {
  if (typeof of.w !== 'number' || typeof of.h !== 'number') return { w, h }
  const scaled = (side: number) => Math.max(1, Math.round(side))
  if (w !== undefined) return { w, h: h ?? scaled((w * of.h) / of.w) }
  return { w: h && scaled((h * of.w) / of.h), h }
}

function cutOf({ fit, gravity, background }: Modifiers) {
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

/** A number; text that is none passes, to be refused by the option's name. */
function numberOf(value: number | string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : (value as number)
}

/** Frameworks multiply by densities: pixels are whole. */
function wholeOf(value: number | string | undefined): number | undefined {
  const number = numberOf(value)
  return typeof number === 'number' && Number.isFinite(number) ? Math.round(number) : number
}
