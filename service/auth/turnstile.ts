import { DarkroomError } from '../errors/catalogue.ts'

export interface TurnstileOptions {
  /** How many may work at the same time. */
  atOnce: number
  /** How many may wait for their turn. */
  waiting: number
  /** When a refused client may come again, in milliseconds. */
  retryAfterMs: number
}

/**
 * Lets work through in bounded numbers, first come, first served. Beyond those who work and those who wait, the
 * returned function throws `overloaded` at once.
 */
export function createTurnstile({ atOnce, waiting, retryAfterMs }: TurnstileOptions) {
  const queue: (() => void)[] = []
  let working = 0

  const enter = async () => {
    if (working < atOnce) {
      working++
      return
    }
    if (queue.length >= waiting) {
      throw new DarkroomError('overloaded', 'too many logins at once', { retryAfterMs })
    }
    await new Promise<void>(resolve => queue.push(resolve))
  }
  const exit = () => {
    const next = queue.shift()
    // The place goes straight to the next in line, so nobody can slip in between.
    if (next) next()
    else working--
  }

  return async <T>(work: () => Promise<T>): Promise<T> => {
    await enter()
    try {
      return await work()
    } finally {
      exit()
    }
  }
}
