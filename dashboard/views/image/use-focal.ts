import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Focal, Image } from '../../api-types.ts'
import { showError } from '../../components/toast.tsx'
import type { OnChange } from './changes.ts'

/** How long the point must stay unchanged before it is saved, in milliseconds. */
const debounceMs = 500

export interface FocalState {
  readonly point: Focal | null
  readonly setPoint: (point: Focal | null) => void
  /** Whether the shown point is stored. */
  readonly state: 'saved' | 'saving' | 'failed'
  readonly retry: () => void
  /** Returns to the point from before the first change; absent without a change. */
  readonly undo: (() => void) | undefined
}

/** The focal point of an image. It is saved with a debounce, and at once when the page is left. */
export function useFocal(image: Image, onChange: OnChange): FocalState {
  const [first] = useState(image.focal)
  const [point, setShown] = useState(image.focal)
  const [state, setState] = useState<FocalState['state']>('saved')
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  /** The point that is to be saved; undefined when there is none. */
  const pending = useRef<Focal | null | undefined>(undefined)
  const isSaving = useRef(false)

  const save = useCallback(async () => {
    clearTimeout(timer.current)
    if (isSaving.current) return
    isSaving.current = true
    while (pending.current !== undefined) {
      const focal = pending.current
      pending.current = undefined
      setState('saving')
      try {
        const { id, focal: saved } = await api.changeImage(image.id, { focal })
        onChange({ id, focal: saved })
        setState('saved')
      } catch (error) {
        pending.current ??= focal
        setState('failed')
        showError(error)
        break
      }
    }
    isSaving.current = false
  }, [image.id, onChange])
  useEffect(() => () => void save(), [save])

  const setPoint = (next: Focal | null) => {
    setShown(next)
    pending.current = next
    clearTimeout(timer.current)
    timer.current = setTimeout(save, debounceMs)
  }
  const isChanged = point?.x !== first?.x || point?.y !== first?.y
  return { point, setPoint, state, retry: save, undo: isChanged ? () => setPoint(first) : undefined }
}
