import { Button } from '../../components/button.tsx'
import { State } from '../../components/state.tsx'
import { setQuery } from '../../location.ts'

/** The empty state of a search. */
export function NothingFound() {
  return (
    <State icon="search" title="No results">
      <p>No image matches all filters.</p>
      <Button onClick={() => setQuery({ q: '', tag: '', format: '' }, false)}>Show all images</Button>
    </State>
  )
}
