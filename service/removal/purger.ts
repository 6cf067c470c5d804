import { randomUUID } from 'node:crypto'
import type { PresetStore } from '../access/preset-store.ts'
import { RateLimit } from '../access/rate-limit.ts'
import type { EdgePurger } from '../edge/edge-purger.ts'
import { imageTag, userTag } from '../edge/surrogate-keys.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { PurgeRepository } from '../metadata/purges.ts'
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
  /** Enqueues the job. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly dispatch: (job: PurgeJob) => Promise<unknown>
}

/** Page sizes of a bulk purge. A purge by preset goes through all derivatives, any other one through images. */
const imagePageSize = 100
const derivativePageSize = 1_000
/** The most bulk purges that a user may request per minute: each is a job that scans all images or derivatives. */
const maxPurges = 20

/** Removes derivatives, which can be rendered again. Originals and their rungs are kept. */
export interface Purger {
  /**
   * Purges an image and every derivative that contains it, and returns how many derivatives there were. The sweep
   * completes a purge that fails half-way.
   * @throws DarkroomError `not-found`; `unavailable` when the purge is not complete yet
   */
  purge(userId: string, imageId: string, signal?: AbortSignal): Promise<number>
  /** Enqueues a purge of many images. @throws DarkroomError `too-many-requests`, `unavailable` or `overloaded` */
  enqueue(userId: string, target: PurgeTarget): Promise<void>
  /** Purges one page and enqueues the next. */
  runPage(job: PurgeJob, signal: AbortSignal): Promise<void>
  /** Deletes a preset and enqueues a purge of its derivatives. @throws DarkroomError as `dispatch`, or `not-found` */
  removePreset(userId: string, name: string): Promise<void>
  /** Completes purges that a crash or an unreachable store left unfinished. Stops when the signal aborts. */
  sweep(signal: AbortSignal): Promise<void>
}

export function createPurger(parts: PurgerParts): Purger {
  const { purges, presets, edge, logger, dispatch } = parts
  const purgeRate = new RateLimit({ max: maxPurges, windowMs: 60_000 })
  const firstPage = async (userId: string, target: PurgeTarget) => {
    const page = { userId, purge: randomUUID(), after: '' }
    if (!('preset' in target)) return { ...page, what: target }
    const { preset } = target
    const printed = await presets.printExpanded(userId, preset)
    const names = printed === undefined ? null : derivativeNamePattern(printed)
    return { ...page, what: { preset, names } }
  }
  return {
    async purge(userId, imageId, signal) {
      const count = await purgeImages(parts, userId, [imageId], signal)
      if (count === undefined) throw new DarkroomError('not-found', 'there is no such image')
      return count
    },
    async enqueue(userId, target) {
      purgeRate.take(userId, 'too many bulk purges')
      await dispatch(await firstPage(userId, target))
    },
    async runPage(job, signal) {
      const { userId, what } = job
      const after = await ('preset' in what
        ? purgePresetPage(parts, job, what, signal)
        : purgeImagePage(parts, job, signal))
      if (after !== undefined) await dispatch({ ...job, after })
      else if ('all' in what) await edge.purge([userTag(userId)], 'purge')
    },
    async removePreset(userId, name) {
      // builds the job before the removal, because its pattern requires the preset's operations
      const job = await firstPage(userId, { preset: name })
      await presets.remove(userId, name)
      await dispatch(job)
    },
    async sweep(signal) {
      for (const { id, userId } of await purges.listUnfinished()) {
        if (signal.aborted) return
        await purgeImages(parts, userId, [id], signal).catch(error =>
          logger.warn({ imageId: id, reason: messageOf(error) }, 'failed to complete a purge'),
        )
      }
    },
  }
}

/** Returns how many derivatives there were; undefined when none of the images exists. */
async function purgeImages(
  { purges, derivativeRemover, purgeNotices, edge }: PurgerParts,
  userId: string,
  imageIds: readonly string[],
  signal?: AbortSignal,
): Promise<number | undefined> {
  const started = await purges.begin(userId, imageIds)
  if (started.length === 0) return undefined
  const ids = started.map(({ id }) => id)
  purgeNotices.publish(userId, ids)
  const own = await derivativeRemover.removeOfImages(userId, ids, { signal })
  const containing = await derivativeRemover.removeContaining(userId, ids, 'purge', signal)
  await edge.purge(ids.map(imageTag), 'purge')
  await purges.end(userId, started)
  purgeNotices.publish(userId, ids)
  return own + containing
}

/** Returns the last image of a full page: the next page starts after it. */
async function purgeImagePage(
  parts: PurgerParts,
  { userId, what, after }: PurgeJob,
  signal: AbortSignal,
): Promise<string | undefined> {
  const tag = 'tag' in what ? what.tag : undefined
  const ids = await parts.purges.listImageIds({ userId, tag }, after, imagePageSize)
  if (ids.length > 0) await purgeImages(parts, userId, ids, signal)
  return ids.length === imagePageSize ? ids.at(-1) : undefined
}

/** Returns the last file name of a full page: the next page starts after it. */
async function purgePresetPage(
  { derivatives, derivativeRemover }: PurgerParts,
  { userId, after }: PurgeJob,
  { preset, names }: { preset: string; names: string | null },
  signal: AbortSignal,
): Promise<string | undefined> {
  const position = { imageId: /^[a-z0-9]*/.exec(after)?.[0] ?? '', fileName: after }
  const page = await derivatives.listByPreset(userId, { name: preset, names }, position, derivativePageSize)
  await derivativeRemover.removeNamed(
    userId,
    page.filter(({ matches }) => matches),
    'purge',
    signal,
  )
  return page.length === derivativePageSize ? page.at(-1)?.fileName : undefined
}
