import type { EdgePurger } from '../edge/edge-purger.ts'
import { imageTag } from '../edge/surrogate-keys.ts'
import type { DerivativeObject, DerivativeRepository } from '../metadata/derivatives.ts'
import type { ImageSelection, PurgeRepository } from '../metadata/purges.ts'
import type { TaskPage } from '../metadata/tasks.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { DerivativeRemover } from './derivative-remover.ts'
import { failureOf, forEachGroup, forEachImage, type PageProgress, throwOutage } from './for-each-image.ts'
import type { PurgeNotices } from './purge-notices.ts'
import type { PurgePosition } from './purge-task.ts'
import { unlessSlow } from './unless-slow.ts'

export interface PurgePageParts {
  readonly purges: PurgeRepository
  readonly derivatives: DerivativeRepository
  readonly derivativeRemover: DerivativeRemover
  readonly purgeNotices: PurgeNotices
  readonly edge: EdgePurger
  readonly logger: Logger
}

/** The derivatives of a user that a purge by preset removes. */
interface PresetSelection {
  readonly userId: string
  readonly preset: string
  /** As in `PurgeTask`. */
  readonly names: string | null
}

type Page = TaskPage<PurgePosition>

/** Page sizes of a bulk purge. A purge by preset goes through all derivatives, any other one through images. */
const imagePageSize = 1_000
const derivativePageSize = 1_000
/** How many images or derivatives are purged together: a slow store must not make a page take minutes. */
const groupSize = 250
/** The number of images whose unfinished purges one page completes. */
const unfinishedPageSize = 100

/** Returns how many derivatives there were; undefined when none of the images exists. */
export async function purgeImages(
  { purges, derivativeRemover, purgeNotices, edge }: PurgePageParts,
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

/** Purges a page of the selected images. @throws the error of an outage, or the signal's reason */
export async function purgeImagePage(
  parts: PurgePageParts,
  selection: ImageSelection,
  position: PurgePosition,
  signal: AbortSignal,
): Promise<Page> {
  const { purges } = parts
  const { userId } = selection
  const total = position.after === '' ? await unlessSlow(purges.countImages(selection)) : undefined
  const ids = await purges.listImageIds(selection, position.after, imagePageSize)
  const purge = (group: readonly string[], leftMs: number) =>
    purgeGroup(parts, userId, group, { signal, leftMs })
  const progress = await forEachGroup(ids, purge, { size: groupSize })
  return { ...pageOf(ids, imagePageSize, position, progress), total }
}

/** How long a group may take if it is worked on one by one, and the signal that ends it. */
interface GroupLimits {
  readonly signal: AbortSignal
  readonly leftMs: number
}

/** Purges images together; one by one if that fails. */
async function purgeGroup(
  parts: PurgePageParts,
  userId: string,
  ids: readonly string[],
  { signal, leftMs: pageMs }: GroupLimits,
): Promise<PageProgress> {
  try {
    await purgeTogether(parts, userId, ids, signal)
    return { reached: ids.length, failed: 0 }
  } catch (error) {
    throwOutage(error, signal)
    const images = ids.map(id => ({ id }))
    // each is marked, so that the clean-up tries again what fails
    const purge = ({ id }: { id: string }, limited: AbortSignal) => purgeImages(parts, userId, [id], limited)
    const message = 'failed to purge an image'
    return forEachImage(images, purge, { logger: parts.logger, signal, message, pageMs })
  }
}

/**
 * Purges images for a task. They are not marked as begun, which would write each image once more: the position of the task
 * states what is left to do.
 */
async function purgeTogether(
  { purges, derivativeRemover, purgeNotices, edge }: PurgePageParts,
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

/** Purges those derivatives of a page that match a preset. @throws the error of an outage, or the signal's reason */
export async function purgePresetPage(
  parts: PurgePageParts,
  { userId, preset, names }: PresetSelection,
  position: PurgePosition,
  signal: AbortSignal,
): Promise<Page> {
  const { purges, derivatives } = parts
  const { after } = position
  const total = after === '' ? await unlessSlow(purges.countDerivatives(userId)) : undefined
  const from = { imageId: /^[a-z0-9]*/.exec(after)?.[0] ?? '', fileName: after }
  const page = await derivatives.listByPreset(userId, { name: preset, names }, from, derivativePageSize)
  const purge = (group: readonly MatchedObject[], leftMs: number) =>
    purgeNames(parts, userId, group, { signal, leftMs })
  const progress = await forEachGroup(page, purge, { size: groupSize })
  const fileNames = page.map(({ fileName }) => fileName)
  return { ...pageOf(fileNames, derivativePageSize, position, progress), total }
}

/** A derivative, and whether it matches the preset. */
type MatchedObject = DerivativeObject & { readonly matches: boolean }

/** Removes those derivatives that match together; one by one if that fails. */
async function purgeNames(
  parts: PurgePageParts,
  userId: string,
  group: readonly MatchedObject[],
  limits: GroupLimits,
): Promise<PageProgress> {
  const { signal } = limits
  const matching = group.filter(({ matches }) => matches)
  try {
    await parts.derivativeRemover.removeNamed(userId, matching, 'purge', signal)
    return { reached: group.length, failed: 0 }
  } catch (error) {
    throwOutage(error, signal)
    return purgeEachName(parts, userId, group, limits)
  }
}

/** The image of a derivative that fails is marked, so that the clean-up purges it as a whole. */
async function purgeEachName(
  { purges, derivativeRemover, logger }: PurgePageParts,
  userId: string,
  group: readonly MatchedObject[],
  { signal, leftMs: pageMs }: GroupLimits,
): Promise<PageProgress> {
  const derivatives = group.map(derivative => ({ ...derivative, id: derivative.imageId }))
  const remove = async ({ matches, ...derivative }: (typeof derivatives)[number], limited: AbortSignal) => {
    if (!matches) return
    try {
      await derivativeRemover.removeNamed(userId, [derivative], 'purge', limited)
    } catch (error) {
      throwOutage(error, signal)
      await purges.begin(userId, [derivative.imageId])
      throw error
    }
  }
  const message = 'failed to purge a derivative'
  return forEachImage(derivatives, remove, { logger, signal, message, pageMs })
}

/**
 * Completes a page of purges that have begun and not ended, of any user.
 * @throws the error of an outage, or the signal's reason
 */
export async function completePurgePage(
  parts: PurgePageParts,
  position: PurgePosition,
  signal: AbortSignal,
): Promise<Page> {
  const { purges, logger } = parts
  const unfinished = await purges.listUnfinished(position.after, unfinishedPageSize)
  const complete = ({ id, userId }: { id: string; userId: string }, limited: AbortSignal) =>
    purgeImages(parts, userId, [id], limited)
  const message = 'failed to complete a purge'
  const progress = await forEachImage(unfinished, complete, { logger, signal, message })
  const ids = unfinished.map(({ id }) => id)
  return pageOf(ids, unfinishedPageSize, position, progress)
}

/** The result of a page of these items; a page that is not full, and whose items were all reached, is the last one. */
function pageOf(
  items: readonly string[],
  size: number,
  { failed: failedBefore = 0 }: PurgePosition,
  progress: PageProgress,
): Page {
  const { reached } = progress
  const last = items[reached - 1]
  const isLast = reached === items.length && items.length < size
  const failed = failedBefore + progress.failed
  return {
    done: reached - progress.failed,
    ...(last !== undefined && !isLast && { next: { after: last, ...(failed > 0 && { failed }) } }),
    failure: failureOf(failed),
  }
}
