import { effect } from '@preact/signals'
import type { Image } from '../../api-types.ts'
import { path, query } from '../../location.ts'
import { onDuplicatesRemoved } from '../../uploads/duplicates.ts'
import { onUploaded } from '../../uploads/queue.ts'
import type { ImageListState } from './use-images.ts'

/** A list of images as the library showed it. */
interface KeptList {
  /** The query of the list. */
  readonly key: string
  readonly state: ImageListState
  readonly cursor: string | undefined
}

let kept: KeptList | undefined
/** The image that was shown last on its own page. */
let visited = ''

/** Whether the page belongs to an image of the list, from which users come back to it. */
const isNear = () => /^\/(images|playground)\//.test(path.value)

// anything else that users do may change the list
effect(() => {
  if (path.value !== '/' && !isNear()) kept = undefined
})
onUploaded(() => {
  kept = undefined
})
onDuplicatesRemoved(ids => editKeptList(images => images.filter(({ id }) => !ids.has(id))))

/** Keeps the list for the way back, if its page is left for that of an image. */
export function keepList({ key, state, cursor }: KeptList): void {
  const isWorthIt = isNear() && state.images.length > 0
  kept = isWorthIt ? { key, cursor, state: { ...state, loading: false, error: undefined } } : undefined
}

/** The kept list of a query. */
export function findKeptList(key: string): KeptList | undefined {
  return kept?.key === key ? kept : undefined
}

/** Changes the kept list, after an image was changed or deleted on its page. */
export function editKeptList(change: (images: readonly Image[]) => readonly Image[]): void {
  if (kept) kept = { ...kept, state: { ...kept.state, images: change(kept.state.images) } }
}

/** Remembers the image that is shown, so that the library scrolls to it afterwards. */
export function visit(id: string): void {
  visited = id
}

/** Scrolls to the image that was shown last, and gives it the focus. */
export function scrollToVisited(): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>('main a')]
  const link = visited === '' ? undefined : links.find(({ pathname }) => pathname === `/images/${visited}`)
  visited = ''
  link?.focus({ preventScroll: true })
  link?.scrollIntoView({ block: 'center' })
}

/** The page of an image. It keeps the filters of the library, for the way back and for the images beside it. */
export function imagePath(id: string): string {
  return `/images/${id}${search()}`
}

/** The library with the filters of the current page. */
export const libraryPath = () => `/${search()}`

const search = () => (query.value.size === 0 ? '' : `?${query.value}`)
