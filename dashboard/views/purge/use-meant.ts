import { useEffect, useState } from 'preact/hooks'
import { api, type PurgeTarget } from '../../api.ts'
import { errorMessage } from '../../calls.ts'
import { countText } from '../../format.ts'

/** How long typing must pause before images are counted, in milliseconds. */
const debounceMs = 300
/** The largest page of the image list: more images are not counted. */
const maxCounted = 200

/** Says how many images a purge is about, where the API can tell. */
export function useMeant(target: PurgeTarget | undefined): string {
  const [text, setText] = useState('')
  const key = JSON.stringify(target)
  useEffect(() => {
    setText('')
    if (target === undefined) return
    const controller = new AbortController()
    const timer = setTimeout(() => {
      describe(target, controller.signal).then(
        found => controller.signal.aborted || setText(found),
        error => controller.signal.aborted || setText(`Images not counted: ${errorMessage(error)}`),
      )
    }, debounceMs)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [key])
  return text
}

async function describe(target: PurgeTarget, signal: AbortSignal): Promise<string> {
  if ('preset' in target) return 'The service finds the derivatives of the preset while it purges.'
  const query = 'tag' in target ? { tag: target.tag } : {}
  const { items, nextCursor } = await api.images({ ...query, limit: maxCounted }, signal)
  if (items.length === 0) return 'No image is affected.'
  const count = nextCursor === null ? countText(items.length, 'image') : `More than ${maxCounted} images`
  return items.length === 1 && nextCursor === null ? '1 image is affected.' : `${count} are affected.`
}
