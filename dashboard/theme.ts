import { computed, signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'

/** The storage key. public/theme.js reads it before the first paint. */
const key = 'darkroom.theme'
const read = (): Theme => {
  const stored = localStorage.getItem(key)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

export const theme = signal<Theme>(read())

/** Sets and stores the theme. `system` follows the operating system. */
export function setTheme(chosen: Theme): void {
  theme.value = chosen
  if (chosen === 'system') {
    localStorage.removeItem(key)
    delete document.documentElement.dataset.theme
  } else {
    localStorage.setItem(key, chosen)
    document.documentElement.dataset.theme = chosen
  }
}

const dark = matchMedia('(prefers-color-scheme: dark)')
const system = signal(dark.matches)
dark.addEventListener('change', () => {
  system.value = dark.matches
})

/** The effective colour scheme, for canvas drawings that CSS cannot restyle. */
export const scheme = computed(() => {
  if (theme.value !== 'system') return theme.value
  return system.value ? 'dark' : 'light'
})
