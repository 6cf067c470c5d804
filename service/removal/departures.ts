import Type from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { userTag } from '../edge/tags.ts'
import type { DepartedUsers } from '../metadata/departed-users.ts'
import { userPrefixes } from '../storage/keys.ts'
import type { Withdrawal } from './withdrawal.ts'

/** The name of the job that clears away what a deleted user has left. */
export const departureName = 'departure'

/** A deleted user whose things somebody shall clear away. */
export const DepartureOrder = Type.Object({ userId: Type.String() })
export type DepartureOrder = Type.Static<typeof DepartureOrder>

export interface DeparturesParts {
  readonly departed: DepartedUsers
  readonly withdrawal: Withdrawal
  readonly edge: Edge
  /** Puts the job where somebody takes it. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly dispatch: (order: DepartureOrder) => Promise<unknown>
}

/** Users who go with all that they have. */
export interface Departures {
  /** Has the things of a user cleared away who was deleted. What cannot be handed out now, the sweep finds. */
  follow(userId: string): Promise<void>
  /** Clears a deleted user away: objects, caches in front, rows; what fails half-way is done again. */
  proceed(order: DepartureOrder, signal: AbortSignal): Promise<void>
  /** Hands out again whoever is still there. */
  sweep(): Promise<void>
}

export function createDepartures({ departed, withdrawal, edge, dispatch }: DeparturesParts): Departures {
  return {
    async follow(userId) {
      await dispatch({ userId })
    },
    async proceed({ userId }, signal) {
      // whoever is not deleted keeps what he has
      if (!(await departed.deleteImages(userId))) return
      await withdrawal.objects(userPrefixes(userId), signal)
      await edge.tell([userTag(userId)], 'delete')
      // what came in meanwhile had no image any more, and has taken itself back
      await departed.remove(userId)
    },
    async sweep() {
      for (const userId of await departed.list()) await dispatch({ userId })
    },
  }
}
