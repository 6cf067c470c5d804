import { randomUUID } from 'node:crypto'
import type { PresetStore } from '../access/preset-store.ts'
import { RateLimit } from '../access/rate-limit.ts'
import { userTag } from '../edge/surrogate-keys.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { TaskPage } from '../metadata/tasks.ts'
import {
  completePurgePage,
  type PurgePageParts,
  purgeImagePage,
  purgeImages,
  purgePresetPage,
} from './purge-pages.ts'
import { derivativeNamePattern, type PurgePosition, type PurgeTarget, type PurgeTask } from './purge-task.ts'

export interface PurgerParts extends PurgePageParts {
  readonly presets: Pick<PresetStore, 'check' | 'remove' | 'printExpanded'>
  /** Creates the task, and returns its id. @throws DarkroomError `unavailable` or `too-many-requests` */
  readonly dispatch: (task: PurgeTask) => Promise<string>
}

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
  /**
   * Purges one page of many images. An image that fails does not stop the others: it is marked, and `completePage` tries
   * it again.
   * @throws the error of an outage, or the signal's reason
   */
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
  const { presets, edge, dispatch } = parts
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
    async runPage({ userId, what }, position, signal) {
      const page = await ('preset' in what
        ? purgePresetPage(parts, { userId, ...what }, position, signal)
        : purgeImagePage(parts, { userId, ...what }, position, signal))
      if (page.next === undefined && 'all' in what) await edge.purge([userTag(userId)], 'purge')
      return page
    },
    async removePreset(userId, name) {
      await presets.check(userId, name)
      // before the removal, after which nothing knows the preset's operations any more
      await dispatch(await taskOf(userId, { preset: name }))
      await presets.remove(userId, name)
    },
    completePage: (position, signal) => completePurgePage(parts, position, signal),
  }
}
