import Type from 'typebox'
import type { EdgePurger } from '../edge/edge-purger.ts'
import { userTag } from '../edge/surrogate-keys.ts'
import type { DeletedUserRepository } from '../metadata/deleted-users.ts'
import { userPrefixes } from '../storage/keys.ts'
import type { DerivativeRemover } from './derivative-remover.ts'

/** The name of the job that removes the data of a deleted user. */
export const userDeletionJobName = 'departure'

/** The payload of the job. */
export const UserDeletionJob = Type.Object({ userId: Type.String() })
export type UserDeletionJob = Type.Static<typeof UserDeletionJob>

export interface UserDeletionParts {
  readonly deletedUsers: DeletedUserRepository
  readonly derivativeRemover: DerivativeRemover
  readonly edge: EdgePurger
  /** Enqueues the job. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly dispatch: (job: UserDeletionJob) => Promise<unknown>
}

/** Removes the data of users who were deleted. */
export interface UserDeletion {
  /** Enqueues the removal of a deleted user's data. After a failure, the next `sweep` enqueues it. */
  enqueue(userId: string): Promise<void>
  /** Removes objects, purges CDNs and deletes rows of a deleted user. Repeatable after a failure. */
  run(job: UserDeletionJob, signal: AbortSignal): Promise<void>
  /** Enqueues the removal for every deleted user whose data is left. */
  sweep(): Promise<void>
}

export function createUserDeletion(parts: UserDeletionParts): UserDeletion {
  const { deletedUsers, derivativeRemover, edge, dispatch } = parts
  return {
    async enqueue(userId) {
      await dispatch({ userId })
    },
    async run({ userId }, signal) {
      // false for a user who is not deleted: their data stays
      if (!(await deletedUsers.deleteImages(userId))) return
      await derivativeRemover.deletePrefixes(userPrefixes(userId), signal)
      await edge.purge([userTag(userId)], 'delete')
      // an upload that ended since `deleteImages` found its image marked as deleted, and removed its own objects
      await deletedUsers.remove(userId)
    },
    async sweep() {
      for (const userId of await deletedUsers.list()) await dispatch({ userId })
    },
  }
}
