import './shell.css'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { Icon, type IconName } from './components/icon.tsx'
import { Menu } from './components/menu.tsx'
import { path } from './location.ts'
import { signOut, user } from './session.ts'
import { setTheme, type Theme, theme } from './theme.ts'

const places: readonly { to: string; label: string; icon: IconName; covers: readonly string[] }[] = [
  { to: '/', label: 'Library', icon: 'library', covers: ['', 'images'] },
  { to: '/playground', label: 'Playground', icon: 'playground', covers: ['playground'] },
  { to: '/keys', label: 'Keys', icon: 'keys', covers: ['keys'] },
  { to: '/usage', label: 'Usage', icon: 'usage', covers: ['usage'] },
  { to: '/jobs', label: 'Jobs', icon: 'jobs', covers: ['jobs'] },
]

/** What stands around every view: where one can go, the theme, who is signed in. */
export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <div class="shell">
      <a class="skip" href="#main">
        To the content
      </a>
      <nav class="rail" aria-label="Dashboard">
        <a class="rail-mark" href="/" aria-label="Darkroom: library">
          <img src="/mark.svg" alt="" width={36} height={36} />
        </a>
        <ul>
          {places.map(place => (
            <Place key={place.to} {...place} />
          ))}
        </ul>
        <div class="rail-end">
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

function Place({ to, label, icon, covers }: (typeof places)[number]) {
  const current = covers.includes(path.value.split('/')[1] ?? '')
  return (
    <li>
      <a class="rail-link" href={to} aria-current={current ? 'page' : undefined}>
        <Icon name={icon} size={22} />
        {label}
      </a>
    </li>
  )
}

const themes: readonly { name: Theme; label: string; icon: IconName }[] = [
  { name: 'dark', label: 'Dark', icon: 'moon' },
  { name: 'light', label: 'Light', icon: 'sun' },
  { name: 'system', label: 'As the system', icon: 'system' },
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
      items={[{ label: 'Sign out', icon: 'back', onChoose: signOut }]}
    />
  )
}

/** The head of a view, which also names the document. */
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
