import type { ImageQuery } from '../../api.ts'
import { path, query, setQuery } from '../../location.ts'

/** The query parameters that select images. */
const names = ['q', 'tag', 'folder', 'format', 'metadata'] as const

export type Filters = Pick<ImageQuery, (typeof names)[number] | 'sort'>

/** The filters and the order in the URL. */
export function currentFilters(): Required<Filters> {
  const {
    q = '',
    tag = '',
    folder = '',
    format = '',
    metadata = '',
    sort = '',
  } = Object.fromEntries(query.value)
  return { q, tag, folder, format, metadata, sort }
}

export function isFiltered(filters: Filters): boolean {
  return names.some(name => (filters[name] ?? '') !== '')
}

export function clearFilters(): void {
  setQuery(Object.fromEntries(names.map(name => [name, ''])), false)
}

/** The URL of this page with another value of a filter. An empty value removes the filter. */
export function hrefWith(name: 'tag' | 'folder' | 'metadata', value: string): string {
  const next = new URLSearchParams(query.value)
  if (value === '') next.delete(name)
  else next.set(name, value)
  const text = next.toString()
  return text === '' ? path.value : `${path.value}?${text}`
}
