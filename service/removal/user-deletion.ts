import Type from 'typebox'
import type { EdgePurger } from '../edge/edge-purger.ts'
import { userTag } from '../edge/surrogate-keys.ts'
import type { DeletedUserRepository } from '../metadata/deleted-users.ts'
import type { TaskPage } from '../metadata/tasks.ts'
import { userPrefixes } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
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
})
export type UserDeletionPosition = Type.Static<typeof UserDeletionPosition>

const at = (step: UserDeletionPosition['step'], imageId = '', fileName = '') => ({ step, imageId, fileName })

export const userDeletionStart: UserDeletionPosition = at('mark')

/** The number of objects that are listed before they are deleted, and how often in one page. */
const objectBatch = 1_000
const objectBatches = 5

export interface UserDeletionParts {
  readonly deletedUsers: DeletedUserRepository
  readonly store: Pick<ObjectStore, 'list' | 'delete'>
  readonly edge: EdgePurger
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
      return steps[position.step](parts, userId, position, signal)
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
  async objects({ store, edge }, userId, _, signal) {
    let done = 0
    for (let batch = 0; batch < objectBatches; batch++) {
      const keys = await listSome(store, userPrefixes(userId), signal)
      if (keys.length > 0) await store.delete(keys, signal)
      done += keys.length
      if (keys.length < objectBatch) {
        await edge.purge([userTag(userId)], 'delete')
        return { next: at('derivatives'), done }
      }
    }
    return { next: at('objects'), done }
  },
  async derivatives({ deletedUsers }, userId, position) {
    const { last, count } = await deletedUsers.deleteDerivatives(userId, position)
    return { next: last ? at('derivatives', last.imageId, last.fileName) : at('images'), done: count }
  },
  async images({ deletedUsers }, userId, { imageId }) {
    const { last, count } = await deletedUsers.deleteImages(userId, imageId)
    if (last !== null) return { next: at('images', last), done: count }
    // an upload may have begun just before the user was deleted
    return { next: (await deletedUsers.hasUploads(userId)) ? at('mark') : at('rest'), done: 0 }
  },
  async rest({ deletedUsers }, userId, { imageId: table }) {
    const next = await deletedUsers.deleteRest(userId, table)
    return { done: 0, ...(next !== undefined && { next: at('rest', next) }) }
  },
}

/** An image is marked, then its original and its row are deleted; a derivative has an object and a row. */
const totalOf = ({ images, derivatives }: { images: number; derivatives: number }) =>
  3 * images + 2 * derivatives

/** At most `objectBatch` keys below the prefixes. What is deleted is not listed again, so no position is needed. */
async function listSome(
  store: Pick<ObjectStore, 'list'>,
  prefixes: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const keys: string[] = []
  for (const prefix of prefixes) {
    for await (const key of store.list(prefix, signal)) {
      keys.push(key)
      if (keys.length >= objectBatch) return keys
    }
  }
  return keys
}
