import { DarkroomError } from '../errors/catalogue.ts'

/** How long a dependency may take to answer, in milliseconds. */
const checkMs = 3_000
/**
 * How long a result is cached, in milliseconds: a check writes to the store, and the route needs no login. Not measured by
 * the time of day: when that is stepped back, a process would count as not ready for as long.
 */
const freshMs = 1_000

/** One check for each dependency, by name. */
export type Checks = Readonly<Record<string, (signal: AbortSignal) => Promise<void>>>

/** Checks all dependencies of a process. @throws DarkroomError `unavailable` that names the one that does not answer */
export function createReadiness(checks: Checks): () => Promise<void> {
  let checked: { at: number; result: Promise<void> } | undefined
  return () => {
    if (checked === undefined || performance.now() - checked.at > freshMs) {
      checked = { at: performance.now(), result: checkAll(checks) }
    }
    return checked.result
  }
}

async function checkAll(checks: Checks): Promise<void> {
  await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        await check(AbortSignal.timeout(checkMs))
      } catch (error) {
        throw new DarkroomError('unavailable', `${name} does not answer`, { cause: error })
      }
    }),
  )
}
