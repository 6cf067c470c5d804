import { signal } from '@preact/signals'

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
