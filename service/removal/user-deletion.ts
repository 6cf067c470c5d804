import Type from 'typebox'
import type { EdgePurger } from '../edge/edge-purger.ts'
import { userTag } from '../edge/surrogate-keys.ts'
import type { DeletedUserRepository } from '../metadata/deleted-users.ts'
import type { TaskPage } from '../metadata/tasks.ts'
import { userPrefixes } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Logger } from '../telemetry/logger.ts'
import { deleteEach } from './delete-each.ts'
import { uploadTimeoutMs } from './image-deleter.ts'
import { unlessSlow } from './unless-slow.ts'

/** The name of the task that removes the data of a deleted user. */
export const userDeletionName = 'user-deletion'

/** The payload of the task. */
export const UserDeletionTask = Type.Object({ userId: Type.String() })
export type UserDeletionTask = Type.Static<typeof UserDeletionTask>

/** Which step the task is at, and the last row of its previous page. */
export const UserDeletionPosition = Type.Object({
  step: Type.Enum(['mark', 'objects', 'derivatives', 'images', 'rest']),
  /** In the last step, the name of a table. */
  imageId: Type.String(),
  fileName: Type.String(),
  /** Whether objects could not be deleted, so that the user's row stays. */
  isStuck: Type.Optional(Type.Boolean()),
  /** How many of the listed objects are passed over, because they could not be deleted. */
  skipped: Type.Optional(Type.Integer()),
  /** When the first object was listed, in Unix milliseconds. */
  listedAt: Type.Optional(Type.Integer()),
  /** Whether rows of uploads that may still be under way were kept. */
  keepsUploads: Type.Optional(Type.Boolean()),
})
export type UserDeletionPosition = Type.Static<typeof UserDeletionPosition>

const at = (step: UserDeletionPosition['step'], imageId = '', fileName = '') => ({ step, imageId, fileName })

export const userDeletionStart: UserDeletionPosition = at('mark')

/** The number of objects that are listed before they are deleted, and how often in one page. */
const objectBatch = 1_000
const objectBatches = 5
/** The pause before a deletion looks again at uploads that are under way, in milliseconds. */
const uploadPauseMs = 15_000
/** How many objects that cannot be deleted are logged per batch. */
const maxLogged = 5

export interface UserDeletionParts {
  readonly deletedUsers: DeletedUserRepository
  readonly store: Pick<ObjectStore, 'list' | 'delete'>
  readonly edge: EdgePurger
  readonly logger: Pick<Logger, 'warn'>
  /** Creates the task. @throws DarkroomError `unavailable` */
  readonly dispatch: (task: UserDeletionTask) => Promise<unknown>
}

type Page = TaskPage<UserDeletionPosition>

/** Removes the data of users who were deleted. */
export interface UserDeletion {
  /** Creates the task that removes a deleted user's data. After a failure, the next `resume` creates it. */
  enqueue(userId: string): Promise<void>
  /** Removes one page of objects or rows of a deleted user, and purges CDNs when all objects are gone. */
  runPage(task: UserDeletionTask, position: UserDeletionPosition, signal: AbortSignal): Promise<Page>
  /** Creates the task for at most 100 deleted users who have none. */
  resume(): Promise<void>
}

export function createUserDeletion(parts: UserDeletionParts): UserDeletion {
  const { deletedUsers, dispatch } = parts
  return {
    async enqueue(userId) {
      await dispatch({ userId })
    },
    async runPage({ userId }, position, signal) {
      // the data of a user who is not deleted stays
      if (!(await deletedUsers.has(userId))) return { done: 0 }
      const { isStuck, listedAt = position.step === 'objects' ? Date.now() : undefined } = position
      const page = await steps[position.step](parts, userId, position, signal)
      if (page.next === undefined || page.next.step === 'mark') return page
      return { ...page, next: { ...page.next, ...(isStuck && { isStuck }), ...(listedAt && { listedAt }) } }
    },
    async resume() {
      for (const userId of await deletedUsers.list(userDeletionName)) await dispatch({ userId })
    },
  }
}

type Step = (
  parts: UserDeletionParts,
  userId: string,
  position: UserDeletionPosition,
  signal: AbortSignal,
) => Promise<Page>

/**
 * The steps, in their order. Images are marked as deleted first: from then on an upload or a rendering that ends late is
 * not recorded, and removes its own objects. Rows are deleted last.
 */
const steps: Readonly<Record<UserDeletionPosition['step'], Step>> = {
  async mark({ deletedUsers }, userId, { imageId }) {
    const total = imageId === '' ? await unlessSlow(deletedUsers.countRows(userId).then(totalOf)) : undefined
    const { last, count } = await deletedUsers.markImages(userId, imageId)
    return { next: last === null ? at('objects') : at('mark', last), done: count, total }
  },
  async objects({ store, edge, logger }, userId, { skipped = 0 }, signal) {
    let done = 0
    for (let batch = 0; batch < objectBatches; batch++) {
      const keys = await listSome(store, userPrefixes(userId), skipped, signal)
      const failed = await deleteEach(store, keys, signal)
      for (const { key, error } of failed.slice(0, maxLogged))
        logger.warn({ key, err: error }, 'failed to delete an object of a deleted user')
      done += keys.length - failed.length
      const isStuck = skipped + failed.length > 0
      if (keys.length < objectBatch) {
        await edge.purge([userTag(userId)], 'delete')
        return { next: { ...at('derivatives'), isStuck }, done }
      }
      // deleting one by one takes long
      if (failed.length > 0)
        return { next: { ...at('objects'), isStuck, skipped: skipped + failed.length }, done }
    }
    return { next: { ...at('objects'), ...(skipped > 0 && { skipped }) }, done }
  },
  async derivatives({ deletedUsers }, userId, position) {
    const { last, count } = await deletedUsers.deleteDerivatives(userId, position)
    return { next: last ? at('derivatives', last.imageId, last.fileName) : at('images'), done: count }
  },
  async images({ deletedUsers }, userId, { imageId, listedAt = 0, keepsUploads = false }) {
    const page = await deletedUsers.deleteImages(userId, imageId, new Date(listedAt - uploadTimeoutMs))
    const { last, count, isKept } = page
    if (last !== null)
      return { next: { ...at('images', last), keepsUploads: keepsUploads || isKept }, done: count }
    if (keepsUploads) return { next: at('mark'), done: 0, delayMs: uploadPauseMs }
    // an upload may have begun just before the user was deleted
    return { next: (await deletedUsers.hasUploads(userId)) ? at('mark') : at('rest'), done: 0 }
  },
  async rest({ deletedUsers }, userId, { imageId: table, isStuck = false }) {
    const next = await deletedUsers.deleteRest(userId, table, { keepsUser: isStuck })
    if (next !== undefined) return { next: at('rest', next), done: 0 }
    return { done: 0, ...(isStuck && { failure: stuck }) }
  },
}

/** The user's row leads the next run to the objects. */
const stuck = {
  code: 'unavailable',
  detail: 'objects: some could not be deleted, which is tried again every hour',
} as const

/** An image is marked, then its original and its row are deleted; a derivative has an object and a row. */
const totalOf = ({ images, derivatives }: { images: number; derivatives: number }) =>
  3 * images + 2 * derivatives

/**
 * At most `objectBatch` keys below the prefixes, behind the first `skipped`. Deleted objects are not listed again, so those
 * that could not be deleted come first. A key that another order passes over is tried again in an hour.
 */
async function listSome(
  store: Pick<ObjectStore, 'list'>,
  prefixes: readonly string[],
  skipped: number,
  signal: AbortSignal,
): Promise<string[]> {
  const keys: string[] = []
  let listed = 0
  for (const prefix of prefixes) {
    for await (const key of store.list(prefix, signal)) {
      if (listed++ < skipped) continue
      keys.push(key)
      if (keys.length >= objectBatch) return keys
    }
  }
  return keys
}
