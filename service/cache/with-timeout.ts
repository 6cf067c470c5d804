import { setTimeout } from 'node:timers/promises'
import { DarkroomError } from '../errors/catalogue.ts'

/** How long a request waits for what the database could tell it beside, in milliseconds. */
const patienceMs = 500

/** What the database knows, if it answers soon; undefined without a database: then the long way has to tell. */
export async function withTimeout<T>(query: Promise<T | undefined>): Promise<T | undefined> {
  const known = query.catch(error => {
    if (!(error instanceof DarkroomError) || error.code !== 'unavailable') throw error
    return undefined
  })
  const impatience = new AbortController()
  const late = setTimeout(patienceMs, undefined, { signal: impatience.signal })
  try {
    return await Promise.race([known, late])
  } finally {
    impatience.abort()
  }
}
