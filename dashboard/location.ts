import { computed, signal } from '@preact/signals'
import { dropPendingAddress, pushAddress, replaceAddress, replaceAddressSoon } from './address-bar.ts'

/** The path and query of the current page. Views keep their state in it, so that it survives a reload. */
const address = signal(location.pathname + location.search)

addEventListener('popstate', () => {
  dropPendingAddress()
  address.value = location.pathname + location.search
})

export const path = computed(() => address.value.split('?', 1)[0] ?? '/')
export const query = computed(() => new URLSearchParams(address.value.slice(path.value.length)))

interface NavigateOptions {
  /** Adds no history entry, for changes while the user types. With `soon`, the browser's address follows with a throttle. */
  readonly replace?: boolean | 'soon'
}

/** Navigates to a path. */
export function navigate(to: string, { replace = false }: NavigateOptions = {}): void {
  if (to === address.value) return
  if (replace === 'soon') replaceAddressSoon(to)
  else if (replace) replaceAddress(to)
  else pushAddress(to)
  const previousPath = path.value
  address.value = to
  if (path.value !== previousPath) scrollTo(0, 0)
}

/** Changes query parameters of the current page. An empty value removes the parameter. */
export function setQuery(changes: Readonly<Record<string, string>>, replace = true): void {
  const next = new URLSearchParams(query.value)
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') next.delete(name)
    else next.set(name, value)
  }
  const text = next.toString()
  navigate(text === '' ? path.value : `${path.value}?${text}`, { replace })
}

/**
 * Handles clicks on links within the dashboard without a page load. Clicks with a modifier key and links to images or
 * the API are left to the browser.
 */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (link === null || link.target !== '' || link.origin !== location.origin) return
  if (link.hash !== '' || link.hasAttribute('download') || /^\/(api|processed|raw)\//.test(link.pathname))
    return
  event.preventDefault()
  navigate(link.pathname + link.search)
}
