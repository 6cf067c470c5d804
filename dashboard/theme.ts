import { computed, signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'

/** As public/theme.js reads it before anything is painted. */
const key = 'darkroom.theme'
const read = (): Theme => {
  const stored = localStorage.getItem(key)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

export const theme = signal<Theme>(read())

/** Takes a theme from now on; that of the system follows the system. */
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

/** What is seen now; for what draws with colours of its own, and not by style sheets. */
export const scheme = computed(() => {
  if (theme.value !== 'system') return theme.value
  return system.value ? 'dark' : 'light'
})
