import { withDeadline } from '../../deadline.ts'
import { isObjectMissing, toS3Error } from './errors.ts'

/**
 * Runs calls of the SDK within a deadline. The deadline holds even while the SDK ignores its signal, as it does while
 * it looks for credentials.
 * @throws the caller's reason, or DarkroomError as `toS3Error` says
 */
export function callS3<T>(
  ms: number,
  caller: AbortSignal | undefined,
  task: (controller: AbortController) => Promise<T>,
): Promise<T> {
  return withDeadline(ms, caller, async controller => {
    const { signal } = controller
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    try {
      return await Promise.race([task(controller), aborted])
    } catch (error) {
      throw toS3Error(error)
    }
  })
}

/** The response of a call; undefined when the object does not exist. */
export async function unlessObjectMissing<T>(response: Promise<T>): Promise<T | undefined> {
  try {
    return await response
  } catch (error) {
    if (isObjectMissing(error)) return undefined
    throw error
  }
}
