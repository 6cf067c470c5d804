import { parseDerivative } from '../url/grammar.ts'
import type { Extension } from '../url/types.ts'
import { type OperationStep, operationTable, type ResizeOptions } from './operations.generated.ts'
import { findGrant, type PolicyGrant, policyUrl } from './policy.ts'
import { atWidth, withResize } from './srcset.ts'

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
  /** 1–100. */
  readonly quality?: number | string | undefined
  readonly format?: Word<Extension> | undefined
  /** In place of those that the URL has. */
  readonly operations?: readonly OperationStep[] | undefined
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
 * The URL of a source as it is asked for: its operations stay in their order, a size goes into the first resize (or into
 * one that is appended), a quality into the last `encode`. Whether the policy allows it, the server says.
 * @throws DarkroomError `bad-url` naming the option and what was expected
 */
export function modify({ grant, ...source }: GrantedSource, modifiers: Modifiers): string {
  const framed = withFrame(modifiers.operations ?? source.operations, modifiers)
  const operations = withQuality(framed, numberOf(modifiers.quality))
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
  const [width, height] = [numberOf(modifiers.width), numberOf(modifiers.height)]
  const sized = width !== undefined || height !== undefined
  // a frame without a size would be no resize
  if (!sized && !operations.some(({ op }) => op === 'resize')) return operations
  return withResize(operations, resize => ({ ...frameOf(resize, width, height), ...cutOf(modifiers) }))
}

function frameOf(
  resize: ResizeOptions,
  width: number | undefined,
  height: number | undefined,
): ResizeOptions {
  if (width !== undefined && height !== undefined) return { w: width, h: height }
  if (width !== undefined) return atWidth(resize, width)
  if (height === undefined) return {}
  const { w, h } = resize
  if (typeof w !== 'number' || typeof h !== 'number') return { h: height }
  return { w: Math.max(1, Math.round((w * height) / h)), h: height }
}

function cutOf({ fit, gravity, background }: Modifiers): ResizeOptions {
  return {
    ...(fit && { fit }),
    ...(gravity && { g: gravity }),
    ...(background && { bg: background.replace(/^#/, '') }),
  } as ResizeOptions
}

function withQuality(operations: readonly OperationStep[], q: number | undefined): readonly OperationStep[] {
  if (q === undefined) return operations
  const last = operations.findLastIndex(({ op }) => op === 'encode')
  if (last < 0) return [...operations, { op: 'encode', q }]
  return operations.map((step, at) => (at === last && step.op === 'encode' ? { ...step, q } : step))
}

/** A whole number; text that is none passes, to be refused by the option's name. */
function numberOf(value: number | string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? Math.round(number) : (value as number)
}
