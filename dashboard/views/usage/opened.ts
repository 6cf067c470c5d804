import { query, setQuery } from '../../location.ts'

/** Whether something of the view is opened, which stands in the address, and what turns it over. */
export function useOpened(name: string): [boolean, () => void] {
  const names = (query.value.get('open') ?? '').split(',').filter(one => one !== '')
  const opened = names.includes(name)
  const turn = () => {
    const others = names.filter(one => one !== name)
    setQuery({ open: (opened ? others : [...others, name]).join(',') })
  }
  return [opened, turn]
}
