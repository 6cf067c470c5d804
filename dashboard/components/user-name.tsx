import { useEffect } from 'preact/hooks'
import { loadUserNames, userNames } from '../user-names.ts'

/** The email address of a user, with a link to their page; their id while it is unknown. For administrators. */
export function UserName({ id }: { id: string }) {
  useEffect(() => {
    loadUserNames()
  }, [])
  return <a href={`/users/${id}`}>{userNames.value.get(id) ?? id}</a>
}
