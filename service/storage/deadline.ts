import { DarkroomError } from '../errors/catalogue.ts'

/**
 * Runs a task with a controller that is aborted when the caller's signal aborts, when `ms` milliseconds have passed
 * (code `unavailable`), or by the task itself. The task must end when the controller's signal aborts. An error that it
 * throws after that is replaced by the reason of the abort.
 */
export async function withDeadline<T>(
  ms: number,
  caller: AbortSignal | undefined,
  task: (controller: AbortController) => Promise<T>,
): Promise<T> {
  caller?.throwIfAborted()
  const controller = new AbortController()
  const abort = () => controller.abort(caller?.reason)
  const timer = setTimeout(() => controller.abort(timeoutError()), ms)
  caller?.addEventListener('abort', abort, { once: true })
  try {
    return await task(controller)
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error
  } finally {
    clearTimeout(timer)
    caller?.removeEventListener('abort', abort)
  }
}

function timeoutError(): DarkroomError {
  return new DarkroomError('unavailable', 'the object store did not answer in time')
}
