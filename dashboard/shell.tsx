import './shell.css'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { Icon, type IconName } from './components/icon.tsx'
import { Menu } from './components/menu.tsx'
import { navigate, path } from './location.ts'
import { signOut, user } from './session.ts'
import { setTheme, type Theme, theme } from './theme.ts'

interface PlaceProps {
  readonly to: string
  readonly label: string
  readonly icon: IconName
  /** The first path segments for which this entry is marked as current. */
  readonly covers: readonly string[]
  readonly adminOnly?: boolean
}

const places: readonly PlaceProps[] = [
  { to: '/', label: 'Library', icon: 'library', covers: ['', 'images', 'deleted'] },
  { to: '/playground', label: 'Playground', icon: 'playground', covers: ['playground'] },
  { to: '/presets', label: 'Presets', icon: 'presets', covers: ['presets'] },
  { to: '/keys', label: 'Keys', icon: 'keys', covers: ['keys'] },
  { to: '/usage', label: 'Usage', icon: 'usage', covers: ['usage'] },
  { to: '/jobs', label: 'Jobs', icon: 'jobs', covers: ['jobs'] },
  { to: '/webhooks', label: 'Webhooks', icon: 'webhooks', covers: ['webhooks'] },
  { to: '/users', label: 'Users', icon: 'users', covers: ['users'], adminOnly: true },
]

/** How many entries the bar of a narrow screen shows; shell.css hides the rest, which the More menu contains. */
const placesInBar = 3

const isCurrent = ({ covers }: PlaceProps) => covers.includes(path.value.split('/')[1] ?? '')

/** The frame around every view: navigation, theme menu and account menu. */
export function Shell({ children }: { children: ComponentChildren }) {
  const open = places.filter(({ adminOnly }) => !adminOnly || user.value?.role === 'admin')
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to content
      </a>
      <nav class="rail" aria-label="Dashboard">
        <a class="rail-mark" href="/" aria-label="Darkroom: library">
          <img src="/mark.svg" alt="" width={36} height={36} />
        </a>
        <ul>
          {open.map(place => (
            <Place key={place.to} {...place} />
          ))}
        </ul>
        <div class="rail-end">
          <MoreMenu places={open.slice(placesInBar)} />
          <ThemeMenu />
          <AccountMenu />
        </div>
      </nav>
      <main class="page" id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}

function Place(place: PlaceProps) {
  const { to, label, icon } = place
  const current = isCurrent(place)
  return (
    <li>
      <a class="rail-link" href={to} aria-current={current ? 'page' : undefined}>
        <Icon name={icon} size={22} />
        {label}
      </a>
    </li>
  )
}

/** The navigation entries that do not fit in the bar of a narrow screen. */
function MoreMenu({ places }: { places: readonly PlaceProps[] }) {
  const items = places.map(place => ({
    label: place.label,
    icon: place.icon,
    checked: isCurrent(place),
    onChoose: () => navigate(place.to),
  }))
  return (
    <div class={`rail-more ${places.some(isCurrent) ? 'current' : ''}`}>
      <Menu place="up right" button={{ kind: 'quiet', icon: 'more', label: 'More' }} items={items} />
    </div>
  )
}

const themes: readonly { name: Theme; label: string; icon: IconName }[] = [
  { name: 'dark', label: 'Dark', icon: 'moon' },
  { name: 'light', label: 'Light', icon: 'sun' },
  { name: 'system', label: 'System', icon: 'system' },
]

function ThemeMenu() {
  const items = themes.map(({ name, label, icon }) => ({
    label,
    icon,
    checked: theme.value === name,
    onChoose: () => setTheme(name),
  }))
  const icon = themes.find(({ name }) => name === theme.value)?.icon ?? 'system'
  return <Menu place="up right" button={{ kind: 'quiet', icon, label: 'Theme' }} items={items} />
}

function AccountMenu() {
  return (
    <Menu
      place="up right"
      button={{ kind: 'quiet', icon: 'person', label: 'Account' }}
      head={user.value?.email ?? ''}
      items={[
        { label: 'Change password', icon: 'keys', onChoose: () => navigate('/password') },
        { label: 'Sign out', icon: 'back', onChoose: signOut },
      ]}
    />
  )
}

/** The heading of a view. Also sets the document's title. */
export function PageHead({ title, children }: { title: string; children?: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Darkroom`
  }, [title])
  return (
    <header class="page-head">
      <h1>{title}</h1>
      {children && <div class="actions">{children}</div>}
    </header>
  )
}
