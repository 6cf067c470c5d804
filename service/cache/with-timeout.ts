import { setImmediate, setTimeout } from 'node:timers/promises'
import { DarkroomError } from '../errors/catalogue.ts'

/** How long a request waits for a query that only saves work, in milliseconds. */
const timeoutMs = 500

/** The result of a query; undefined when the database is unavailable or too slow, so the caller does without it. */
export async function withTimeout<T>(query: Promise<T | undefined>): Promise<T | undefined> {
  const result = query.catch(error => {
    if (!(error instanceof DarkroomError) || error.code !== 'unavailable') throw error
    return undefined
  })
  const settled = new AbortController()
  // after a stall of this process, the timer runs before a result that has arrived long ago is read
  const timeout = setTimeout(timeoutMs, undefined, { signal: settled.signal }).then(() =>
    setImmediate(undefined),
  )
  try {
    return await Promise.race([result, timeout])
  } finally {
    settled.abort()
  }
}
