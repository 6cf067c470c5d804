import { effect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Image } from '../../api-types.ts'
import { openImports } from '../../imports.ts'
import { onDuplicatesRemoved } from '../../uploads/duplicates.ts'
import { onUploaded } from '../../uploads/queue.ts'
import { summary } from '../../uploads/uploads.ts'
import { refreshFacets } from './facets.tsx'
import type { ImageList } from './use-images.ts'

/** How often arrived images are shown, in milliseconds. */
const showMs = 500
/** How many arrived images are added before the list is loaded anew, so that thousands do not slow down the page. */
const maxAdded = 200

/**
 * Puts uploaded images first when the list is sorted by newest. Otherwise, and after many, reloads the list once when
 * all uploads and imports are finished, so that they appear in order.
 */
export function useArrivals({ edit, reload }: ImageList, newestFirst: boolean): void {
  useEffect(() => {
    let arrived: Image[] = []
    let added = 0
    let mustReload = false
    let hasArrived = false
    let timer: number | undefined
    let reloadTimer: number | undefined
    const show = () => {
      timer = undefined
      const next = arrived
      arrived = []
      added += next.length
      edit(images => {
        const ids = new Set(next.map(({ id }) => id))
        return [...next.reverse(), ...images.filter(({ id }) => !ids.has(id))]
      })
    }
    const reloadWhenIdle = () => {
      clearTimeout(reloadTimer)
      reloadTimer = undefined
      if (summary.value.open + openImports.value > 0) return
      if (hasArrived) refreshFacets()
      hasArrived = false
      if (mustReload) reload()
      mustReload = false
    }
    const stopUploads = onUploaded(image => {
      hasArrived = true
      if (newestFirst && added + arrived.length < maxAdded) {
        arrived.push(image)
        timer ??= setTimeout(show, showMs)
      } else mustReload = true
      // the last import is counted as finished before its image is announced
      reloadTimer ??= setTimeout(reloadWhenIdle, showMs)
    })
    const stopRemovals = onDuplicatesRemoved(ids => {
      arrived = arrived.filter(({ id }) => !ids.has(id))
      edit(images => images.filter(({ id }) => !ids.has(id)))
    })
    const stopSummary = effect(reloadWhenIdle)
    return () => {
      clearTimeout(timer)
      clearTimeout(reloadTimer)
      stopUploads()
      stopRemovals()
      stopSummary()
    }
  }, [edit, reload, newestFirst])
}
