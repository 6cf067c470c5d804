/**
 * How long the address stays as it is during a gesture, in milliseconds. A pointer moves up to 120 times a second, and
 * browsers refuse or ignore more than 100 changes in 30 seconds (Safari) or 200 in 10 (Chromium, Firefox).
 */
const throttleMs = 350
/** When a change that the browser refused is tried again, in milliseconds. */
const retryMs = 5_000

let pending: string | undefined
let timer: ReturnType<typeof setTimeout> | undefined
let writtenAt = 0

addEventListener('pagehide', flush)

/** Adds an entry to the browser's history. */
export function pushAddress(to: string): void {
  flush()
  write('pushState', to)
}

/** Changes the current entry of the browser's history. */
export function replaceAddress(to: string): void {
  dropPendingAddress()
  write('replaceState', to)
}

/** Changes the current entry of the browser's history with a throttle; the last address is always written. */
export function replaceAddressSoon(to: string): void {
  pending = to
  if (timer !== undefined) return
  const wait = writtenAt + throttleMs - Date.now()
  if (wait > 0) timer = setTimeout(flush, wait)
  else flush()
}

/** Forgets a change that waits, because the browser shows another entry. */
export function dropPendingAddress(): void {
  clearTimeout(timer)
  timer = undefined
  pending = undefined
}

function flush(): void {
  const to = pending
  dropPendingAddress()
  if (to !== undefined) write('replaceState', to)
}

function write(method: 'pushState' | 'replaceState', to: string): void {
  writtenAt = Date.now()
  try {
    history[method](null, '', to)
  } catch {
    // too many changes: the page works without, and the address follows later
    pending = to
    timer = setTimeout(flush, retryMs)
  }
}
