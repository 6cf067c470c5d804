import { computed, signal } from '@preact/signals'

/** The address of the page as it stands in the browser's bar; every view draws from it, so a reload loses nothing. */
const address = signal(location.pathname + location.search)

addEventListener('popstate', () => {
  address.value = location.pathname + location.search
})

export const path = computed(() => address.value.split('?', 1)[0] ?? '/')
export const query = computed(() => new URLSearchParams(address.value.slice(path.value.length)))

/** Goes to another page; `replace` leaves no trace in the history, for what changes as somebody types. */
export function navigate(to: string, { replace = false } = {}): void {
  if (to === address.value) return
  history[replace ? 'replaceState' : 'pushState'](null, '', to)
  const previousPath = path.value
  address.value = to
  if (path.value !== previousPath) scrollTo(0, 0)
}

/** Changes parameters of the present page; an empty one is dropped. */
export function setQuery(changes: Readonly<Record<string, string>>, replace = true): void {
  const next = new URLSearchParams(query.value)
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') next.delete(name)
    else next.set(name, value)
  }
  const text = next.toString()
  navigate(text === '' ? path.value : `${path.value}?${text}`, { replace })
}

/** Follows links within the dashboard without loading it anew; what asks for a new window gets one. */
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
