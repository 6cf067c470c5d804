import { DarkroomError } from '../errors/catalogue.ts'

/**
 * Runs a task that ends with its caller's signal, after `ms` milliseconds (code `unavailable`), or when the task
 * aborts the controller itself. The task must obey the controller's signal; whatever it throws after the abort, the
 * abort's reason is what the caller sees.
 */
export async function withDeadline<T>(
  ms: number,
  caller: AbortSignal | undefined,
  task: (controller: AbortController) => Promise<T>,
): Promise<T> {
  caller?.throwIfAborted()
  const controller = new AbortController()
  const follow = () => controller.abort(caller?.reason)
  const timer = setTimeout(() => controller.abort(tooSlow()), ms)
  caller?.addEventListener('abort', follow, { once: true })
  try {
    return await task(controller)
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error
  } finally {
    clearTimeout(timer)
    caller?.removeEventListener('abort', follow)
  }
}

function tooSlow(): DarkroomError {
  return new DarkroomError('unavailable', 'The object store took too long')
}
