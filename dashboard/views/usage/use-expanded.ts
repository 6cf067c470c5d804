import { query, setQuery } from '../../location.ts'

/** Whether a section is expanded, kept in the URL, and a function that toggles it. */
export function useExpanded(name: string): [boolean, () => void] {
  const names = (query.value.get('open') ?? '').split(',').filter(one => one !== '')
  const expanded = names.includes(name)
  const toggle = () => {
    const others = names.filter(one => one !== name)
    setQuery({ open: (expanded ? others : [...others, name]).join(',') })
  }
  return [expanded, toggle]
}
