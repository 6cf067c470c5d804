import { termsOfUser } from '../access/authorizer.ts'
import type { PolicyStore } from '../access/policy-store.ts'
import type { TieredCache } from '../cache/tiered-cache.ts'
import type { Engine } from '../engine/engine.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { UserRepository } from '../metadata/users.ts'
import type { Operations } from '../operations/registry.ts'
import { contentTypeOf } from '../plan/formats.ts'
import { toPlannedSteps } from '../plan/planned-steps.ts'
import { sourceFrame } from '../plan/selection.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { DerivativeAddress } from '../url/address.ts'
import { parseDownload } from '../url/download.ts'
import { parseDerivative } from '../url/grammar.ts'
import { parseSignedUrl } from '../url/signed-url.ts'
import { downloadFileName } from './download-name.ts'
import type { HeavyRenders } from './heavy-renders.ts'
import type { ClientPreferences } from './negotiation.ts'
import { parseOwnPath, underPolicy } from './own-address.ts'
import { type RenderRequest, toRenderRequest } from './render.ts'
import type { Resolution, Resolve } from './resolve.ts'
import { requiresRow } from './standins.ts'

/** The path to explain, as a client would request it, signed or not. */
export interface ExplainRequest {
  /** May have a query, of which only the policy and the file name of a download count. */
  readonly path: string
  /** The name of a policy; it takes precedence over the query's. */
  readonly policy?: string | undefined
  readonly client: ClientPreferences
  readonly signal: AbortSignal
}

export interface ExplainParts {
  readonly operations: Operations
  readonly resolve: Resolve
  readonly policies: Pick<PolicyStore, 'find'>
  readonly users: Pick<UserRepository, 'findById'>
  readonly derivatives: Pick<DerivativeRepository, 'find'>
  readonly cache: Pick<TieredCache, 'getFromMemory' | 'getStaleFromMemory'>
  readonly store: Pick<ObjectStore, 'size'>
  readonly engine: Pick<Engine, 'expectedMs'>
  readonly heavy: Pick<HeavyRenders, 'isHeavy'>
}

export type Explanation = Awaited<ReturnType<typeof explain>>

/**
 * Says what a request for a user's derivative would do, without decoding, rendering or enqueuing anything.
 * @throws DarkroomError what the image route would answer if the path were signed; `not-found` for an unknown policy, and
 *   for another user's path
 */
export type Explain = (userId: string, request: ExplainRequest) => Promise<Explanation>

export function createExplain(parts: ExplainParts): Explain {
  return (userId, request) => explain(parts, userId, request)
}

async function explain(parts: ExplainParts, userId: string, request: ExplainRequest) {
  const { operations, policies, users } = parts
  const { path, p, dl } = parseSignedUrl(request.path)
  const written = parseOwnPath(path, userId, path => parseDerivative(path, operations))
  const terms = await underPolicy(policies, userId, await termsOfUser(users, userId), request.policy ?? p)
  const resolution = await parts.resolve(written, { terms, client: request.client })
  const { address, image, file, key, presets, format, vary } = resolution
  const render = toRenderRequest(resolution)
  return {
    imageId: image.imageId,
    operations: listSteps(operations, address),
    presets: [...presets],
    file,
    key,
    format: { asked: written.format, chosen: format, contentType: contentTypeOf(format), vary: [...vary] },
    download: dl === undefined ? null : downloadFileName(parseDownload(dl), format),
    ...describeRender(parts, render),
    cache: await findCacheState(parts, render, request.signal),
    assumes: listAssumptions(resolution, render),
  }
}

const listSteps = (operations: Operations, { steps }: DerivativeAddress) =>
  toPlannedSteps(operations, steps).map(({ operation, options }) => ({ op: operation.name, ...options }))

/** How the derivative would be rendered. */
function describeRender({ engine, heavy }: ExplainParts, { plan, final, image }: RenderRequest) {
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

/** Where the next request would find the derivative, and why. */
async function findCacheState(
  parts: ExplainParts,
  { key, image, file, version, final }: RenderRequest,
  signal: AbortSignal,
) {
  const { cache, derivatives, store } = parts
  const inMemory = cache.getFromMemory(key)
  if (inMemory) {
    const { variant, data } = inMemory
    return {
      state: 'memory' as const,
      variant,
      bytes: data.length,
      why: 'it is in the memory of this process',
    }
  }
  const none = (why: string) => ({ state: 'none' as const, variant: null, bytes: null, why })
  const bytes = await store.size(key, signal)
  const row = await derivatives.find(image.userId, image.imageId, file, version)
  if (bytes === undefined)
    return none(
      row
        ? 'the object is missing in the store: it will be rendered again'
        : 'it was not requested yet, or not since it was purged',
    )
  if (row === undefined && requiresRow({ file, final }))
    return none('the object is stored, but its database row is missing: it will be rendered again')
  const variant = row?.variant ?? 'final'
  const stale = cache.getStaleFromMemory(key) ? ', and the stand-in in memory may be outdated' : ''
  return { state: 'store' as const, variant, bytes, why: `the store has it${stale}` }
}

/** The assumptions of the plan about facts that only decoded pixels show. */
function listAssumptions({ address, image }: Resolution, { plan }: RenderRequest): string[] {
  const lacksFaces = !image.insight && address.steps.some(({ options }) => options.g === 'face')
  return [
    ...(plan?.probe
      ? [
          'the size of the result depends on its pixels: the largest possible size is assumed, also for the passes',
        ]
      : []),
    ...(lacksFaces ? ['the image was not searched for faces yet: the plan assumes that it has none'] : []),
  ]
}
