import { DarkroomError } from '../errors/catalogue.ts'

/** How long a dependency may take to answer, in milliseconds. */
const checkMs = 3_000
/** How long an answer counts: checking writes to the store, and anybody may ask. In milliseconds. */
const freshMs = 1_000

/** Every dependency that must answer, by name. */
export type Checks = Readonly<Record<string, (signal: AbortSignal) => Promise<void>>>

/** Whether all that a process depends on answers. @throws DarkroomError `unavailable` that names what does not */
export function createReadiness(checks: Checks): () => Promise<void> {
  let checked: { at: number; result: Promise<void> } | undefined
  return () => {
    if (checked === undefined || Date.now() - checked.at > freshMs) {
      checked = { at: Date.now(), result: checkAll(checks) }
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
