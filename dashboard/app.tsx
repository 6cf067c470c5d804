import type { ComponentType } from 'preact'
import { AwayBanner } from './components/away-banner.tsx'
import { Failure, Spinner, State } from './components/state.tsx'
import { Toasts } from './components/toast.tsx'
import { path } from './location.ts'
import { hasSessionEnded, user } from './session.ts'
import { PageHead, Shell } from './shell.tsx'
import { DropZone } from './uploads/drop-zone.tsx'
import { UploadTray } from './uploads/upload-tray.tsx'
import { useLoaded } from './use-loaded.ts'
import { Library } from './views/library/library.tsx'
import { SignIn } from './views/sign-in/sign-in.tsx'
import { SignInAgain } from './views/sign-in/sign-in-again.tsx'

interface ViewProps {
  /** The path segment after the view's name, or an empty string. */
  readonly id: string
}
type View = ComponentType<ViewProps>

/** Views by the first segment of their path. All but the library are loaded on demand. */
const views: Readonly<Record<string, () => Promise<View>>> = {
  deleted: async () => (await import('./views/library/deleted.tsx')).Deleted,
  images: async () => (await import('./views/image/image.tsx')).ImageView,
  playground: async () => (await import('./views/playground/playground.tsx')).Playground,
  import: async () => (await import('./views/import/import.tsx')).Import,
  account: async () => (await import('./views/account/account.tsx')).Account,
  audit: async () => (await import('./views/audit/audit.tsx')).Audit,
  fallback: async () => (await import('./views/fallback/fallback.tsx')).FallbackView,
  takedowns: async () => (await import('./views/takedowns/takedowns.tsx')).Takedowns,
  purge: async () => (await import('./views/purge/purge.tsx')).Purge,
  policies: async () => (await import('./views/policies/policies.tsx')).Policies,
  presets: async () => (await import('./views/presets/presets.tsx')).Presets,
  password: async () => (await import('./views/password/password.tsx')).ChangePassword,
  users: async () => (await import('./views/users/users.tsx')).Users,
  webhooks: async () => (await import('./views/webhooks/webhooks.tsx')).Webhooks,
  keys: async () => (await import('./views/keys/keys.tsx')).Keys,
  usage: async () => (await import('./views/usage/usage.tsx')).UsageView,
  jobs: async () => (await import('./views/jobs/jobs.tsx')).Jobs,
}

/** The dashboard. Shows the sign-in form in place, so that the URL is kept for the time after sign-in. */
export function App() {
  return (
    <>
      <AwayBanner />
      <Page />
      <Toasts />
    </>
  )
}

function Page() {
  if (user.value === undefined) return <Spinner label="Restoring your session" />
  if (user.value === null) return <SignIn />
  return (
    <>
      <Shell>
        <Current />
      </Shell>
      <DropZone />
      <UploadTray />
      {hasSessionEnded.value && <SignInAgain email={user.value.email} />}
    </>
  )
}

/** The views of one resource, or of a list and its resources: `/images` alone is no page, as the library lists images. */
const viewsWithId = ['images', 'playground', 'policies', 'users', 'webhooks']

function Current() {
  const [, name = '', encodedId = '', ...rest] = path.value.split('/')
  if (name === '') return <Library />
  const load = Object.hasOwn(views, name) ? views[name] : undefined
  const id = decoded(encodedId)
  const known = id === '' ? name !== 'images' : viewsWithId.includes(name)
  if (load === undefined || id === undefined || !known || rest.length > 0) return <NotFound />
  return <Loaded key={name} load={load} id={id} />
}

/** A segment of the path. Undefined when it is not valid percent-encoding. */
function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

function Loaded({ load, id }: { load: () => Promise<View>; id: string }) {
  // wrapped in an object: a state setter would call a function as an update
  const [loaded, retry] = useLoaded(async () => ({ View: await load() }), [load])
  if (loaded.state === 'waiting') return <Spinner />
  if (loaded.state === 'failed') return <Failure error={loaded.error} onRetry={retry} />
  const { View } = loaded.value
  return <View id={id} />
}

function NotFound() {
  return (
    <>
      <PageHead title="Not found" />
      <State icon="search" title="There is no page at this address">
        <p>The address may be misspelled, or the page may have moved.</p>
        <a class="button" href="/">
          Go to library
        </a>
      </State>
    </>
  )
}
