import { Problem } from '../calls.ts'
import { Failure, State } from './state.tsx'

interface MissingProps {
  readonly error: unknown
  readonly onRetry: () => void
  /** The kind of resource, such as `webhook`. */
  readonly what: string
  /** A link to the list of all resources of this kind. */
  readonly list: { readonly to: string; readonly label: string }
}

/** The error state of a page for one resource. A 404 gets its own message, since the resource may have been deleted. */
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
