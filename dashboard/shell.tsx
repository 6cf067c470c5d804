import './shell.css'
import type { ComponentChildren } from 'preact'
import { useEffect, useId } from 'preact/hooks'
import { Icon, type IconName } from './components/icon.tsx'
import { Menu, type MenuItem } from './components/menu.tsx'
import { navigate } from './location.ts'
import { PaletteButton } from './palette-button.tsx'
import { apiReference, isCurrent, type PlaceGroup, placeGroups } from './places.ts'
import { signOut, user } from './session.ts'
import { setTheme, type Theme, theme } from './theme.ts'

/** How many entries the bar of a narrow screen shows; shell.css hides the rest, which the More menu contains. */
const placesInBar = 3

/** The frame around every view: navigation, theme menu and account menu. */
export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to content
      </a>
      <nav class="rail" aria-label="Dashboard">
        <a class="rail-mark" href="/" aria-label="Darkroom: library">
          <img src="/mark.svg" alt="" width={28} height={28} />
          <span>Darkroom</span>
        </a>
        <PaletteButton />
        <div class="rail-places">
          {placeGroups().map(group => (
            <Group key={group.title} {...group} />
          ))}
        </div>
        <div class="rail-end">
          <a class="rail-link rail-reference" href={apiReference} target="_blank" rel="noreferrer">
            <Icon name="code" size={18} />
            <span>API reference</span>
          </a>
          <div class="rail-menus">
            <MoreMenu />
            <ThemeMenu />
            <AccountMenu />
          </div>
        </div>
      </nav>
      <main class="page" id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}

function Group({ title, places }: PlaceGroup) {
  const id = useId()
  return (
    <>
      {title && (
        <p class="rail-title" id={id}>
          {title}
        </p>
      )}
      <ul aria-labelledby={title && id}>
        {places.map(place => (
          <li key={place.to}>
            <a
              class="rail-link"
              href={place.to}
              title={place.label}
              aria-current={isCurrent(place) ? 'page' : undefined}
            >
              <Icon name={place.icon} size={18} />
              <span>{place.label}</span>
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}

/** The navigation entries that do not fit in the bar of a narrow screen. */
function MoreMenu() {
  const all = placeGroups().flatMap(({ title, places }) => places.map(place => ({ place, title })))
  const items = all.slice(placesInBar).map(({ place, title }) => ({
    label: place.label,
    icon: place.icon,
    group: title,
    checked: isCurrent(place),
    onChoose: () => navigate(place.to),
  }))
  const reference: MenuItem = {
    label: 'API reference',
    icon: 'code',
    group: 'Help',
    onChoose: () => open(apiReference, '_blank', 'noreferrer'),
  }
  return (
    <div class={`rail-more ${items.some(({ checked }) => checked) ? 'current' : ''}`}>
      <Menu
        place="up right"
        button={{ kind: 'quiet', icon: 'more', label: 'More' }}
        items={[...items, reference]}
      />
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
        { label: 'Account', icon: 'person', onChoose: () => navigate('/account') },
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
