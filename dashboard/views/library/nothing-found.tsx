import { Button } from '../../components/button.tsx'
import { State } from '../../components/state.tsx'
import { clearFilters } from './filters.ts'

/** The empty state of a search. */
export function NothingFound() {
  return (
    <State icon="search" title="No results">
      <p>No image matches all filters.</p>
      <Button onClick={() => clearFilters()}>Show all images</Button>
    </State>
  )
}
