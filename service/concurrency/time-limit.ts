import { DarkroomError } from '../errors/catalogue.ts'

/** Aborts the work after the time limit and does not wait for it any longer. @throws DarkroomError `deadline` */
export async function withTimeLimit<T>(
  limitMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const timeout = new DarkroomError('deadline', `the work took longer than ${limitMs / 1000} s`)
  const timer = setTimeout(() => controller.abort(timeout), limitMs)
  const limited = AbortSignal.any([signal, controller.signal])
  const { promise: aborted, reject } = rejectable()
  const abort = () => reject(limited.reason)
  limited.addEventListener('abort', abort, { once: true })
  try {
    // a signal that has aborted already sends no event
    limited.throwIfAborted()
    return await Promise.race([work(limited), aborted])
  } finally {
    clearTimeout(timer)
    // a signal that depends on others is kept forever while it has a listener
    limited.removeEventListener('abort', abort)
  }
}

function rejectable(): { readonly promise: Promise<never>; readonly reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<never>((_, fail) => {
    reject = fail
  })
  return { promise, reject }
}
