import { user } from '../session.ts'
import { PageHead } from '../shell.tsx'
import { State } from './state.tsx'

interface AdminsProps {
  /** The title of the page. */
  readonly title: string
  /** What administrators can do there. */
  readonly what: string
}

/** The page that members see instead of one for administrators. */
export function AdminsOnly({ title, what }: AdminsProps) {
  return (
    <>
      <PageHead title={title} />
      <State icon="users" title="This page is for administrators">
        <p>
          You are signed in as {user.value?.email}, a member: you can manage your own images, keys and
          webhooks. Only administrators can {what}.
        </p>
        <a class="button" href="/">
          Go to library
        </a>
      </State>
    </>
  )
}
