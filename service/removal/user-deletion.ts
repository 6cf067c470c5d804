import Type from 'typebox'
import type { EdgePurger } from '../edge/edge-purger.ts'
import { userTag } from '../edge/surrogate-keys.ts'
import type { DeletedUserRepository } from '../metadata/deleted-users.ts'
import { userPrefixes } from '../storage/keys.ts'
import type { DerivativeRemover } from './derivative-remover.ts'

/** The name of the job that clears away what a deleted user has left. */
export const userDeletionJobName = 'departure'

/** A deleted user whose things somebody shall clear away. */
export const UserDeletionJob = Type.Object({ userId: Type.String() })
export type UserDeletionJob = Type.Static<typeof UserDeletionJob>

export interface UserDeletionParts {
  readonly departedUsers: DeletedUserRepository
  readonly derivativeRemover: DerivativeRemover
  readonly edge: EdgePurger
  /** Puts the job where somebody takes it. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly dispatch: (order: UserDeletionJob) => Promise<unknown>
}

/** Users who go with all that they have. */
export interface UserDeletion {
  /** Has the things of a user cleared away who was deleted. What cannot be handed out now, the sweep finds. */
  enqueue(userId: string): Promise<void>
  /** Clears a deleted user away: objects, caches in front, rows; what fails half-way is done again. */
  run(order: UserDeletionJob, signal: AbortSignal): Promise<void>
  /** Hands out again whoever is still there. */
  sweep(): Promise<void>
}

export function createUserDeletion({
  departedUsers: departed,
  derivativeRemover,
  edge,
  dispatch,
}: UserDeletionParts): UserDeletion {
  return {
    async enqueue(userId) {
      await dispatch({ userId })
    },
    async run({ userId }, signal) {
      // whoever is not deleted keeps what he has
      if (!(await departed.deleteImages(userId))) return
      await derivativeRemover.deletePrefixes(userPrefixes(userId), signal)
      await edge.purge([userTag(userId)], 'delete')
      // what came in meanwhile had no image any more, and has taken itself back
      await departed.remove(userId)
    },
    async sweep() {
      for (const userId of await departed.list()) await dispatch({ userId })
    },
  }
}
