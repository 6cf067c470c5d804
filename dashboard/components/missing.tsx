import { Problem } from '../calls.ts'
import { Failure, State } from './state.tsx'

interface MissingProps {
  readonly error: unknown
  readonly onRetry: () => void
  /** What it would be, such as `webhook`. */
  readonly what: string
  /** Where those that are there are listed. */
  readonly list: { readonly to: string; readonly label: string }
}

/** Where one of several could not be loaded: it may have gone since somebody kept its address. */
export function Missing({ error, onRetry, what, list }: MissingProps) {
  const gone = error instanceof Problem && error.status === 404
  if (!gone) return <Failure error={error} onRetry={onRetry} />
  return (
    <State icon="search" title={`This ${what} does not exist`}>
      <p>It may have been deleted, or the address may be wrong.</p>
      <a class="button" href={list.to}>
        {list.label}
      </a>
    </State>
  )
}
