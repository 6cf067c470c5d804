import { type Terms, termsOfUser } from '../access/authorizer.ts'
import { type ClientPreferences, noPreferences } from '../delivery/negotiation.ts'
import type { Resolve } from '../delivery/resolve.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import { withField } from '../errors/with-field.ts'
import type { NewEagerOrder } from '../metadata/eager-orders.ts'
import type { UserRepository } from '../metadata/users.ts'
import type { Operations } from '../operations/registry.ts'
import { readAccept } from '../plan/accept-header.ts'
import { imageAcceptByBrowser } from '../plan/browsers.ts'
import type { DerivativeAddress, Step } from '../url/address.ts'
import { badUrl } from '../url/bad-url.ts'
import { parseDerivative, parseFormat, parseSteps } from '../url/grammar.ts'
import { parseJsonStep } from '../url/json-step.ts'
import { printDerivative, printFileName } from '../url/print.ts'
import type { StepInput } from '../url/step.ts'

/** The derivatives to render ahead of their first request. */
export interface EagerRequest {
  /** Names of presets. */
  readonly presets: readonly string[]
  readonly transforms: readonly EagerTransform[]
}

/** Operations without a preset: as in a URL, or one object each. */
export interface EagerTransform {
  readonly operations: string | readonly StepInput[]
  readonly format: string
}

export interface EagerPlanParts {
  readonly operations: Operations
  readonly resolve: Resolve
  readonly users: Pick<UserRepository, 'findById'>
}

interface Target {
  readonly userId: string
  readonly imageId: string
}

/** The clients whose format is rendered for `auto`: current browsers, and clients that accept anything. */
const clients: readonly ClientPreferences[] = [
  ...Object.values(imageAcceptByBrowser).map(header => ({ ...noPreferences, accepted: readAccept(header) })),
  noPreferences,
]

/**
 * The derivatives that requests for `<imageId>_preset_n-<name>.auto` would get. A preset that cannot be applied to the
 * image becomes an order that has failed, so that the other presets are still ordered.
 * @throws DarkroomError `unavailable`
 */
export async function planPresets(
  parts: EagerPlanParts,
  target: Target,
  names: readonly string[],
): Promise<NewEagerOrder[]> {
  const terms = await termsOfUser(parts.users, target.userId)
  const orders: NewEagerOrder[] = []
  for (const name of names) orders.push(...(await planPreset(parts, terms, target, name)))
  return orders
}

async function planPreset(
  parts: EagerPlanParts,
  terms: Terms,
  target: Target,
  name: string,
): Promise<NewEagerOrder[]> {
  const address = { ...target, steps: [{ op: 'preset', options: { n: name } }], format: 'auto' } as const
  try {
    return await ordersFor(parts, terms, address, name)
  } catch (error) {
    if (!(error instanceof DarkroomError) || error.status >= 500) throw error
    const failure = { code: error.code, detail: error.message }
    return [
      {
        fileName: printFileName(address, parts.operations),
        preset: name,
        presets: [name],
        format: 'auto',
        failure,
      },
    ]
  }
}

/**
 * The derivatives that requests for these operations would get, all or none.
 * @throws DarkroomError that names the transform which cannot be served: `bad-request`, `forbidden` for a user who may
 *   use presets only, or `over-limit`
 */
export async function planTransforms(
  parts: EagerPlanParts,
  target: Target,
  transforms: readonly EagerTransform[],
): Promise<NewEagerOrder[]> {
  const terms = await termsOfUser(parts.users, target.userId)
  const orders: NewEagerOrder[] = []
  for (const [index, transform] of transforms.entries()) {
    const planned = planTransform(parts, terms, target, transform)
    orders.push(
      ...(await planned.catch(error =>
        Promise.reject(withField(error, `transforms.${index}`, { keepForbidden: true })),
      )),
    )
  }
  return orders
}

async function planTransform(
  parts: EagerPlanParts,
  terms: Terms,
  target: Target,
  { operations: requested, format }: EagerTransform,
): Promise<NewEagerOrder[]> {
  const { operations } = parts
  const steps: readonly Step[] =
    typeof requested === 'string'
      ? parseSteps(requested, operations)
      : requested.map(step => parseJsonStep(step, operations))
  const path = printDerivative({ ...target, steps, format: parseFormat(format) }, operations)
  // parsed as the image route parses it, so that an order beyond the limits of a URL is rejected
  return ordersFor(parts, terms, parseDerivative(path, operations), null)
}

/** The derivatives that the clients would get for an address, each once. */
async function ordersFor(
  { resolve }: EagerPlanParts,
  terms: Terms,
  address: DerivativeAddress,
  preset: string | null,
): Promise<NewEagerOrder[]> {
  const orders = new Map<string, NewEagerOrder>()
  for (const client of clients) {
    const { file: fileName, presets, format } = await resolve(address, { terms, client })
    if (format === 'json')
      throw badUrl('format: json cannot be rendered in advance, expected an image format')
    orders.set(fileName, { fileName, preset, presets, format, failure: null })
  }
  return [...orders.values()]
}
