import { DarkroomError } from '../errors/catalogue.ts'

/**
 * Runs a task until it ends, its caller's signal aborts, `ms` milliseconds have passed (code `unavailable`), or it aborts
 * its controller itself. The task must obey the controller's signal. An error that it throws after the abort is replaced by
 * the abort's reason.
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
