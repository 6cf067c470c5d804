import { useCallback, useEffect, useState } from 'preact/hooks'

export type Loading<T> =
  | { readonly state: 'waiting' }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'loaded'; readonly value: T }

/**
 * Loads a value when its dependencies change. Ignores results of outdated requests.
 * @returns the state, a function that reloads, and a function that replaces the value
 */
export function useLoaded<T>(
  load: (signal: AbortSignal) => Promise<T>,
  dependencies: readonly unknown[],
): [Loading<T>, () => void, (value: T) => void] {
  const [loaded, setLoaded] = useState<Loading<T>>({ state: 'waiting' })
  const [round, setRound] = useState(0)
  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    setLoaded({ state: 'waiting' })
    load(signal).then(
      value => signal.aborted || setLoaded({ state: 'loaded', value }),
      error => signal.aborted || setLoaded({ state: 'failed', error }),
    )
    return () => controller.abort()
  }, [...dependencies, round])
  const reload = useCallback(() => setRound(now => now + 1), [])
  const replace = useCallback((value: T) => setLoaded({ state: 'loaded', value }), [])
  return [loaded, reload, replace]
}
