import { DarkroomError } from '../errors/catalogue.ts'
import type { Extension } from '../url/address.ts'
import { type Modifiers, modify, modifyUrl, readSource } from './modifiers.ts'
import type { OperationStep } from './operations.generated.ts'
import { policyUrl } from './policy.ts'

/** The operations of an image, under the names that unpic uses for all providers, or under Darkroom's own names. */
export type DarkroomOperations = Modifiers

export interface DarkroomOptions {
  /** The service's address, for sources that are paths. */
  readonly baseUrl?: string | undefined
}

/** The parts of an image URL. */
export interface Extracted {
  /** The URL of the image itself, with the same signature. */
  readonly src: string
  readonly operations: {
    readonly width?: number
    readonly height?: number
    readonly quality?: number
    /** Absent for `auto`. */
    readonly format?: Extension
    /** All operations, in order. */
    readonly operations: readonly OperationStep[]
  }
  readonly options: DarkroomOptions
}

/**
 * Parses a URL that was signed with a policy; null for any other URL.
 * @throws DarkroomError `bad-url` when its path does not follow the grammar
 */
export function extract(url: string | URL): Extracted | null {
  const source = readSource(url)
  if (source === undefined) return null
  const { grant, operations, format } = source
  const resize = operations.find(step => step.op === 'resize')
  const encode = operations.findLast(step => step.op === 'encode')
  return {
    src: policyUrl(grant),
    operations: {
      ...(typeof resize?.w === 'number' && { width: resize.w }),
      ...(typeof resize?.h === 'number' && { height: resize.h }),
      ...(typeof encode?.q === 'number' && { quality: encode.q }),
      ...(format !== 'auto' && { format }),
      operations,
    },
    options: grant.baseUrl === undefined ? {} : { baseUrl: grant.baseUrl },
  }
}

/**
 * Builds another URL of the image under the signature of `src`. For the results of `extract`, this URL is the
 * canonical form of the extracted URL.
 * @throws DarkroomError `bad-request` when `src` is not signed with a policy, `bad-url` as `policyUrl` does
 */
export function generate(
  src: string | URL,
  operations: DarkroomOperations,
  { baseUrl }: DarkroomOptions = {},
): string {
  const source = readSource(src)
  if (source === undefined) {
    throw new DarkroomError('bad-request', 'the URL is not signed with a policy')
  }
  const grant = { ...source.grant, baseUrl: source.grant.baseUrl ?? baseUrl }
  return modify({ ...source, grant }, operations)
}

/**
 * A transformer for unpic's components: changes a URL's operations. A width without a height keeps the aspect ratio
 * of the URL's own width and height. A URL that was not signed with a policy is returned unchanged.
 * @throws DarkroomError `bad-url` with the option's name and the expected value
 */
export function transform(
  src: string | URL,
  operations: DarkroomOperations,
  { baseUrl }: DarkroomOptions = {},
): string {
  return modifyUrl(src, operations, baseUrl)
}
