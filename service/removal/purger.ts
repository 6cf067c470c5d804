import { randomUUID } from 'node:crypto'
import type { PresetStore } from '../access/preset-store.ts'
import { RateLimit } from '../access/rate-limit.ts'
import type { EdgePurger } from '../edge/edge-purger.ts'
import { imageTag, userTag } from '../edge/surrogate-keys.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { ImageSelection, PurgeRepository } from '../metadata/purges.ts'
import type { TaskPage } from '../metadata/tasks.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { DerivativeRemover } from './derivative-remover.ts'
import { failureOf, forEachImage } from './for-each-image.ts'
import type { PurgeNotices } from './purge-notices.ts'
import { derivativeNamePattern, type PurgePosition, type PurgeTarget, type PurgeTask } from './purge-task.ts'
import { unlessSlow } from './unless-slow.ts'

export interface PurgerParts {
  readonly purges: PurgeRepository
  readonly derivatives: DerivativeRepository
  readonly presets: Pick<PresetStore, 'check' | 'remove' | 'printExpanded'>
  readonly derivativeRemover: DerivativeRemover
  readonly purgeNotices: PurgeNotices
  readonly edge: EdgePurger
  readonly logger: Logger
  /** Creates the task, and returns its id. @throws DarkroomError `unavailable` or `too-many-requests` */
  readonly dispatch: (task: PurgeTask) => Promise<string>
}

/** Page sizes of a bulk purge. A purge by preset goes through all derivatives, any other one through images. */
const imagePageSize = 1_000
const derivativePageSize = 1_000
/** The number of images whose unfinished purges one page completes. */
const unfinishedPageSize = 100
/** The most bulk purges that a user may request per minute: each goes through all images or derivatives. */
const maxPurges = 20

/** Removes derivatives, which can be rendered again. Originals and their rungs are kept. */
export interface Purger {
  /**
   * Purges an image and every derivative that contains it, and returns how many derivatives there were. The sweep
   * completes a purge that fails half-way.
   * @throws DarkroomError `not-found`; `unavailable` when the purge is not complete yet
   */
  purge(userId: string, imageId: string, signal?: AbortSignal): Promise<number>
  /**
   * Creates the task of a purge of many images, and returns its id.
   * @throws DarkroomError `too-many-requests` or `unavailable`
   */
  enqueue(userId: string, target: PurgeTarget): Promise<string>
  /** Purges one page of many images. */
  runPage(task: PurgeTask, position: PurgePosition, signal: AbortSignal): Promise<TaskPage<PurgePosition>>
  /**
   * Creates a purge of a preset's derivatives and deletes the preset, which stays when the purge cannot be created.
   * @throws DarkroomError as `dispatch`, or `not-found`
   */
  removePreset(userId: string, name: string): Promise<void>
  /**
   * Completes a page of purges of single images that a crash or an unreachable store left unfinished.
   * @throws DarkroomError `unavailable`
   */
  completePage(position: PurgePosition, signal: AbortSignal): Promise<TaskPage<PurgePosition>>
}

export function createPurger(parts: PurgerParts): Purger {
  const { purges, presets, edge, logger, dispatch } = parts
  const purgeRate = new RateLimit({ max: maxPurges, windowMs: 60_000 })
  const taskOf = async (userId: string, target: PurgeTarget) => {
    const task = { userId, purge: randomUUID() }
    if (!('preset' in target)) return { ...task, what: target }
    const { preset } = target
    const printed = await presets.printExpanded(userId, preset)
    const names = printed === undefined ? null : derivativeNamePattern(printed)
    return { ...task, what: { preset, names } }
  }
  return {
    async purge(userId, imageId, signal) {
      const count = await purgeImages(parts, userId, [imageId], signal)
      if (count === undefined) throw new DarkroomError('not-found', 'there is no such image')
      return count
    },
    async enqueue(userId, target) {
      purgeRate.take(userId, 'too many bulk purges')
      return dispatch(await taskOf(userId, target))
    },
    async runPage({ userId, what }, { after }, signal) {
      const page = await ('preset' in what
        ? purgePresetPage(parts, userId, what, after, signal)
        : purgeImagePage(parts, { userId, ...what }, after, signal))
      if (page.next === undefined && 'all' in what) await edge.purge([userTag(userId)], 'purge')
      return page
    },
    async removePreset(userId, name) {
      await presets.check(userId, name)
      // before the removal, after which nothing knows the preset's operations any more
      await dispatch(await taskOf(userId, { preset: name }))
      await presets.remove(userId, name)
    },
    async completePage({ after, failed: failedBefore = 0 }, signal) {
      const unfinished = await purges.listUnfinished(after, unfinishedPageSize)
      const complete = ({ id, userId }: { id: string; userId: string }) =>
        purgeImages(parts, userId, [id], signal)
      const message = 'failed to complete a purge'
      const failedNow = await forEachImage(unfinished, complete, { logger, signal, message })
      const page = pageAfter(
        unfinished.map(({ id }) => id),
        unfinishedPageSize,
      )
      const failed = failedBefore + failedNow
      return {
        done: page.done - failedNow,
        next: page.next && { ...page.next, failed },
        failure: failureOf(failed),
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

/** The result of a page of these items; a page that is not full is the last one. */
function pageAfter(items: readonly string[], size: number): TaskPage<PurgePosition> {
  const last = items.at(-1)
  return { done: items.length, ...(last !== undefined && items.length === size && { next: { after: last } }) }
}

/**
 * Purges images for a task. They are not marked as begun, which would write each image once more: the position of the task
 * states what is left to do.
 */
async function purgePage(
  { purges, derivativeRemover, purgeNotices, edge }: PurgerParts,
  userId: string,
  imageIds: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const ids = await purges.increment(userId, imageIds)
  purgeNotices.publish(userId, ids)
  await derivativeRemover.removeOfImages(userId, ids, { signal })
  await derivativeRemover.removeContaining(userId, ids, 'purge', signal)
  await edge.purge(ids.map(imageTag), 'purge')
  await purges.increment(userId, ids)
  purgeNotices.publish(userId, ids)
}

async function purgeImagePage(
  parts: PurgerParts,
  selection: ImageSelection,
  after: string,
  signal: AbortSignal,
): Promise<TaskPage<PurgePosition>> {
  const { purges } = parts
  const total = after === '' ? await unlessSlow(purges.countImages(selection)) : undefined
  const ids = await purges.listImageIds(selection, after, imagePageSize)
  if (ids.length > 0) await purgePage(parts, selection.userId, ids, signal)
  return { ...pageAfter(ids, imagePageSize), total }
}

async function purgePresetPage(
  { purges, derivatives, derivativeRemover }: PurgerParts,
  userId: string,
  { preset, names }: { preset: string; names: string | null },
  after: string,
  signal: AbortSignal,
): Promise<TaskPage<PurgePosition>> {
  const total = after === '' ? await unlessSlow(purges.countDerivatives(userId)) : undefined
  const position = { imageId: /^[a-z0-9]*/.exec(after)?.[0] ?? '', fileName: after }
  const page = await derivatives.listByPreset(userId, { name: preset, names }, position, derivativePageSize)
  await derivativeRemover.removeNamed(
    userId,
    page.filter(({ matches }) => matches),
    'purge',
    signal,
  )
  return {
    ...pageAfter(
      page.map(({ fileName }) => fileName),
      derivativePageSize,
    ),
    total,
  }
}
