import { useEffect } from 'preact/hooks'
import { api } from '../../api.ts'
import { Icon } from '../../components/icon.tsx'
import { UpLink } from '../../components/up-link.tsx'
import { navigate } from '../../location.ts'
import { useLoaded } from '../../use-loaded.ts'
import { currentFilters } from '../library/filters.ts'
import { imagePath, libraryPath } from '../library/place.ts'

interface TrailProps {
  readonly id: string
  /** Undefined until the image has loaded. */
  readonly title: string | undefined
}

/** Links back to the library, and to the images before and after this one in the list that the library showed. */
export function Trail({ id, title }: TrailProps) {
  const filters = currentFilters()
  const [loaded] = useLoaded(
    signal => api.neighbours(id, filters, signal).then(found => ({ id, ...found })),
    [id, JSON.stringify(filters)],
  )
  // until the effect has run, the neighbours are those of the image before
  const found = loaded.state === 'loaded' && loaded.value.id === id ? loaded.value : undefined
  const previous = found?.previous ?? undefined
  const next = found?.next ?? undefined
  useKeys(previous, next)
  return (
    <nav class="trail" aria-label="Images">
      <UpLink to={libraryPath()} label="Back to library" />
      <span class="unseen" role="status">
        {title}
      </span>
      <span class="trail-steps">
        <Step id={previous} here={id} label="Previous image" icon="back" keys="k ArrowLeft" hint="K or ←" />
        <Step id={next} here={id} label="Next image" icon="next" keys="j ArrowRight" hint="J or →" />
      </span>
    </nav>
  )
}

interface StepProps {
  /** Undefined at the end of the list, and until it is known. */
  readonly id: string | undefined
  /** The image that is shown. */
  readonly here: string
  readonly label: string
  readonly icon: 'back' | 'next'
  readonly keys: string
  readonly hint: string
}

/** A link to another image. At the end of the list it leads to the page itself, so that it keeps the focus. */
function Step({ id, here, label, icon, keys, hint }: StepProps) {
  return (
    <a
      href={imagePath(id ?? here)}
      aria-disabled={id === undefined}
      class="button quiet small round"
      aria-label={label}
      aria-keyshortcuts={keys}
      title={`${label} (${hint})`}
    >
      <Icon name={icon} size={18} />
    </a>
  )
}

/** Elements that use letters or arrow keys themselves. */
const keyUsers =
  'input, textarea, select, [contenteditable], [role=menu], [role=slider], dialog, .focal, .table-frame, .copy-panel'

/** J and K, or the arrow keys, go to the next and the previous image. */
function useKeys(previous: string | undefined, next: string | undefined): void {
  useEffect(() => {
    const targets: Readonly<Record<string, string | undefined>> = {
      ArrowLeft: previous,
      k: previous,
      ArrowRight: next,
      j: next,
    }
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
      if (event.target instanceof Element && event.target.closest(keyUsers)) return
      if (document.querySelector('dialog[open]')) return
      const id = targets[event.key]
      if (id === undefined) return
      event.preventDefault()
      navigate(imagePath(id))
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [previous, next])
}
