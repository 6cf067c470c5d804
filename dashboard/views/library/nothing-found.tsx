import { Button } from '../../components/button.tsx'
import { State } from '../../components/state.tsx'
import { setQuery } from '../../location.ts'

/** Where a search finds nothing. */
export function NothingFound() {
  return (
    <State icon="search" title="Nothing looks like that">
      <p>No picture has all that was asked for.</p>
      <Button onClick={() => setQuery({ q: '', tag: '', format: '' }, false)}>Show all pictures</Button>
    </State>
  )
}
