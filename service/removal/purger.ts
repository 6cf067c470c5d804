import { randomUUID } from 'node:crypto'
import type { PresetStore } from '../access/preset-store.ts'
import { RateLimit } from '../access/rate-limit.ts'
import type { EdgePurger } from '../edge/edge-purger.ts'
import { imageTag, userTag } from '../edge/surrogate-keys.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { PurgeRepository } from '../metadata/purges.ts'
import { derivativePrefixes } from '../storage/keys.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { DerivativeRemover } from './derivative-remover.ts'
import { derivativeNamePattern, type PurgeJob, type PurgeTarget } from './purge-job.ts'
import type { PurgeNotices } from './purge-notices.ts'

export interface PurgerParts {
  readonly purges: PurgeRepository
  readonly derivatives: DerivativeRepository
  readonly presets: Pick<PresetStore, 'remove' | 'printExpanded'>
  readonly derivativeRemover: DerivativeRemover
  readonly purgeNotices: PurgeNotices
  readonly edge: EdgePurger
  readonly logger: Logger
  /** Puts the job where somebody takes it. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly dispatch: (order: PurgeJob) => Promise<unknown>
}

/** How many images one page of a purge has, and how many derivatives are looked through for those of a preset. */
const imagesTogether = 100
const derivativesTogether = 1_000
/** How many purges of many images a user may ask for a minute: each is a job that goes through all he has. */
const mostOrders = 20

/** Takes derivatives away that can be made again; originals and their rungs stay. */
export interface Purger {
  /**
   * Purges an image, and whatever it is painted into, before it returns how many derivatives there were. What fails
   * half-way is repeated by the sweep.
   * @throws DarkroomError `not-found`; `unavailable` when not everything is gone yet
   */
  purge(userId: string, imageId: string, signal?: AbortSignal): Promise<number>
  /** Has many images purged. @throws DarkroomError `too-many-requests`, `unavailable` or `overloaded` */
  enqueue(userId: string, target: PurgeTarget): Promise<void>
  /** Does a page of an order, and has the next one done. */
  runPage(order: PurgeJob, signal: AbortSignal): Promise<void>
  /** Deletes a preset, and has what was made by it purged. @throws DarkroomError `not-found` or `unavailable` */
  removePreset(userId: string, name: string): Promise<void>
  /** Repeats what a crash or an unreachable store left half done; ends early when the signal aborts. */
  sweep(signal: AbortSignal): Promise<void>
}

export function createPurger(parts: PurgerParts): Purger {
  const { purges, presets, edge, logger, dispatch } = parts
  const orders = new RateLimit({ most: mostOrders, withinMs: 60_000 })
  const begin = async (userId: string, target: PurgeTarget) => {
    const whole = { userId, purge: randomUUID(), after: '' }
    if (!('preset' in target)) return { ...whole, what: target }
    const { preset } = target
    const printed = await presets.printExpanded(userId, preset)
    const names = printed === undefined ? null : derivativeNamePattern(printed)
    return { ...whole, what: { preset, names } }
  }
  return {
    async purge(userId, imageId, signal) {
      const count = await purgeImages(parts, userId, [imageId], signal)
      if (count === undefined) throw new DarkroomError('not-found', 'there is no such image')
      return count
    },
    async enqueue(userId, target) {
      orders.take(userId, 'too many purges of many images')
      await dispatch(await begin(userId, target))
    },
    async runPage(order, signal) {
      const { userId, what } = order
      const after = await ('preset' in what
        ? purgePresetPage(parts, order, what, signal)
        : purgeImagePage(parts, order, signal))
      if (after !== undefined) await dispatch({ ...order, after })
      else if ('all' in what) await edge.purge([userTag(userId)], 'purge')
    },
    async removePreset(userId, name) {
      const order = await begin(userId, { preset: name })
      await presets.remove(userId, name)
      await dispatch(order)
    },
    async sweep(signal) {
      for (const { id, userId } of await purges.listUnfinished()) {
        if (signal.aborted) return
        await purgeImages(parts, userId, [id], signal).catch(error =>
          logger.warn({ imageId: id, reason: messageOf(error) }, 'an image is still not purged'),
        )
      }
    },
  }
}

/** Returns how many derivatives there were; undefined when none of the images is there. */
async function purgeImages(
  { purges, derivatives, derivativeRemover, purgeNotices, edge }: PurgerParts,
  userId: string,
  imageIds: readonly string[],
  signal?: AbortSignal,
): Promise<number | undefined> {
  const begun = await purges.begin(userId, imageIds)
  if (begun.length === 0) return undefined
  const ids = begun.map(({ id }) => id)
  purgeNotices.publish(userId, ids)
  await derivativeRemover.deletePrefixes(
    ids.flatMap(id => derivativePrefixes(userId, id)),
    signal,
  )
  const painted = await derivativeRemover.removeContaining(userId, ids, 'purge', signal)
  const own = await derivatives.deleteForImages(userId, ids)
  await edge.purge(ids.map(imageTag), 'purge')
  await purges.end(userId, begun)
  purgeNotices.publish(userId, ids)
  return own + painted
}

/** Returns what the next page comes after, if there is one. */
async function purgeImagePage(
  parts: PurgerParts,
  { userId, what, after }: PurgeJob,
  signal: AbortSignal,
): Promise<string | undefined> {
  const tag = 'tag' in what ? what.tag : undefined
  const ids = await parts.purges.listImageIds({ userId, tag }, after, imagesTogether)
  if (ids.length > 0) await purgeImages(parts, userId, ids, signal)
  return ids.length === imagesTogether ? ids.at(-1) : undefined
}

/** The same of the derivatives of a preset. */
async function purgePresetPage(
  { derivatives, derivativeRemover }: PurgerParts,
  { userId, after }: PurgeJob,
  { preset, names }: { preset: string; names: string | null },
  signal: AbortSignal,
): Promise<string | undefined> {
  const position = { imageId: /^[a-z0-9]*/.exec(after)?.[0] ?? '', fileName: after }
  const page = await derivatives.listByPreset(userId, { name: preset, names }, position, derivativesTogether)
  await derivativeRemover.removeNamed(
    userId,
    page.filter(({ matches }) => matches),
    'purge',
    signal,
  )
  return page.length === derivativesTogether ? page.at(-1)?.fileName : undefined
}
