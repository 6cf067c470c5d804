import { signal } from '@preact/signals'

export type LibraryView = 'grid' | 'list'

const key = 'darkroom.library-view'

/** How the library shows images. The browser keeps the choice. */
export const libraryView = signal<LibraryView>(localStorage.getItem(key) === 'list' ? 'list' : 'grid')

export function setLibraryView(view: LibraryView): void {
  libraryView.value = view
  localStorage.setItem(key, view)
}
