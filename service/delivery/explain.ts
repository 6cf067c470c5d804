import { type Authorize, type AuthorizedRequest, termsOfUser } from '../access/authorizer.ts'
import type { PolicyStore } from '../access/policy-store.ts'
import type { TieredCache } from '../cache/tiered-cache.ts'
import type { Engine } from '../engine/engine.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { UserRepository } from '../metadata/users.ts'
import type { Operations } from '../operations/registry.ts'
import { contentTypeOf, type OutputFormat } from '../plan/formats.ts'
import { varyingHeaders } from '../plan/hints.ts'
import { toPlannedSteps } from '../plan/planned-steps.ts'
import { sourceFrame } from '../plan/selection.ts'
import { derivativeKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { DerivativeAddress } from '../url/address.ts'
import { parseDerivative } from '../url/grammar.ts'
import { printFileName } from '../url/print.ts'
import { parseSignedUrl, parseUserId } from '../url/signed-url.ts'
import type { HeavyRenders } from './heavy-renders.ts'
import type { ImageDirectory } from './image-directory.ts'
import { findImageWithOverlays, type ImageWithOverlays, planAddress } from './image-with-overlays.ts'
import { isInfoAddress } from './info.ts'
import { type ClientPreferences, negotiate } from './negotiation.ts'
import { type RenderRequest, standinFirst } from './render.ts'
import { requiresRow } from './standins.ts'

/** What to explain: a path as a client would ask for it, signed or not. */
export interface ExplainRequest {
  /** May have a query, of which only the policy counts. */
  readonly path: string
  /** The name of a policy; of two the one that stands here. */
  readonly policy?: string | undefined
  readonly client: ClientPreferences
  readonly signal: AbortSignal
}

export interface ExplainParts {
  readonly operations: Operations
  readonly authorize: Authorize
  readonly policies: Pick<PolicyStore, 'find'>
  readonly users: Pick<UserRepository, 'findById'>
  readonly directory: ImageDirectory
  readonly derivatives: Pick<DerivativeRepository, 'find'>
  readonly cache: Pick<TieredCache, 'getFromMemory' | 'getStaleFromMemory'>
  readonly store: Pick<ObjectStore, 'size'>
  readonly engine: Pick<Engine, 'expectedMs'>
  readonly heavy: Pick<HeavyRenders, 'isHeavy'>
}

export type Explanation = Awaited<ReturnType<Explain>>
export type Explain = ReturnType<typeof createExplain>

/**
 * What a request for a user's derivative would do, without doing it: nothing is decoded, developed or ordered.
 * @throws DarkroomError what the image route would answer to it, signed; `not-found` for an unknown policy; another
 *   user's path is one of an unknown image
 */
export function createExplain(parts: ExplainParts) {
  const { operations, authorize, policies, users, directory } = parts
  return async (userId: string, { path: asked, policy, client, signal }: ExplainRequest) => {
    const { path, p } = parseSignedUrl(asked)
    const written = ownAddress(path, userId, operations)
    const terms = { ...(await termsOfUser(users, userId)), policy: policy ?? p }
    if (terms.policy !== undefined && !(await policies.find(userId, terms.policy))) {
      throw new DarkroomError('not-found', 'there is no such policy')
    }
    const opened = await authorize(terms, written)
    const picture = await findImageWithOverlays(directory, operations, opened.address)
    const wanted = open(operations, opened, picture, client)
    return {
      imageId: picture.imageId,
      operations: stepsOf(operations, wanted.address),
      presets: [...opened.presets],
      file: wanted.file,
      key: wanted.key,
      format: {
        asked: written.format,
        chosen: wanted.format,
        contentType: contentTypeOf(wanted.format),
        vary: varyingHeaders(opened.address),
      },
      ...making(parts, wanted),
      cache: await cacheStateOf(parts, wanted, signal),
      assumes: assumptionsOf(wanted),
    }
  }
}

/** @throws DarkroomError `bad-url`, or `not-found` for somebody else's path, whatever the rest of it */
function ownAddress(path: string, userId: string, operations: Operations): DerivativeAddress {
  const owner = parseUserId(path)
  const unknown = new DarkroomError('not-found', 'there is no such image')
  if (owner !== undefined && owner !== userId) throw unknown
  const address = parseDerivative(path, operations)
  // the image route verifies by the raw owner: one that is written in another way would open nothing there
  if (owner === undefined || address.userId !== userId) throw unknown
  return address
}

interface Opening extends RenderRequest {
  readonly address: DerivativeAddress
}

function open(
  operations: Operations,
  opened: AuthorizedRequest,
  image: ImageWithOverlays,
  client: ClientPreferences,
): Opening {
  const description = isInfoAddress(opened.address) ? opened.address : undefined
  const address: DerivativeAddress & { readonly format: OutputFormat | 'json' } =
    description ?? negotiate(operations, opened.address, image, client).address
  const { format } = address
  const plan = format === 'json' ? undefined : planAddress(operations, address, image, format)
  opened.checkSize(plan ?? image.facts)
  const file = printFileName(address, operations)
  const key = derivativeKey(address.userId, file)
  return { address, image, format, ...standinFirst(plan), file, key, presets: opened.presets }
}

const stepsOf = (operations: Operations, { steps }: DerivativeAddress) =>
  toPlannedSteps(operations, steps).map(({ operation, options }) => ({ op: operation.name, ...options }))

/** How it would be made; of a description there is little to say. */
function making({ engine, heavy }: ExplainParts, { plan, final, image }: RenderRequest) {
  if (plan === undefined)
    return { output: null, passes: [], source: null, cost: null, answer: 'final' as const }
  const { rung, width, height, notes, costMs, facts, selection } = plan
  const { passes, probe } = rung?.sequence ?? plan
  const size = rung ?? sourceFrame(facts, selection.page)
  return {
    output: { width, height, frames: selection.frames, notes: [...notes] },
    passes: [
      ...passes.map(stages => stages.map(({ name }) => name)),
      ...(probe ? [[`probe: ${probe.probe.name}`]] : []),
    ],
    source: {
      kind: rung ? ('rung' as const) : ('original' as const),
      format: rung?.format ?? facts.format,
      width: size.width,
      height: size.height,
      page: selection.page,
    },
    cost: {
      estimatedMs: round(costMs),
      expectedMs: round(engine.expectedMs(plan)),
      finishingMs: final ? round(final.costMs) : null,
      heavy: heavy.isHeavy(plan, image),
    },
    answer: final ? ('standin' as const) : ('final' as const),
  }
}

const round = (ms: number) => Math.round(ms * 10) / 10

/** Where the next request would find it, and why there. */
async function cacheStateOf(
  parts: ExplainParts,
  { key, image, file, final }: RenderRequest,
  signal: AbortSignal,
) {
  const { cache, derivatives, store } = parts
  const inMemory = cache.getFromMemory(key)
  if (inMemory) {
    const { variant, data } = inMemory
    return { state: 'memory' as const, variant, bytes: data.length, why: 'this process has it in memory' }
  }
  const none = (why: string) => ({ state: 'none' as const, variant: null, bytes: null, why })
  const bytes = await store.size(key, signal)
  const row = await derivatives.find(image.userId, image.imageId, file)
  if (bytes === undefined)
    return none(
      row
        ? 'the store has lost it: it will be made again'
        : 'nobody has asked for it since it was purged, or ever',
    )
  if (row === undefined && requiresRow({ file, final }))
    return none('the store has it, but no record says of what it was made: it will be made again')
  const variant = row?.variant ?? 'final'
  const doubted = cache.getStaleFromMemory(key) ? 'what is in memory may have been replaced: ' : ''
  return { state: 'store' as const, variant, bytes, why: `${doubted}the store has it` }
}

/** What only pixels can tell, and how it was taken to be. */
function assumptionsOf({ address, plan, image }: Opening): string[] {
  const faces = !image.insight && address.steps.some(({ options }) => options.g === 'face')
  return [
    ...(plan?.probe ? ['the picture has to be looked at: size and passes count on the largest result'] : []),
    ...(faces ? ['nobody has looked for faces yet: it is planned as if there were none'] : []),
  ]
}
