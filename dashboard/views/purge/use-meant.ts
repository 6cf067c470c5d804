import { useEffect, useState } from 'preact/hooks'
import { api, type PurgeTarget } from '../../api.ts'
import { errorMessage } from '../../calls.ts'
import { countText } from '../../format.ts'

/** How long typing must pause before images are counted, in milliseconds. */
const debounceMs = 300
/** The largest page of tags. */
const maxTags = 200
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
  const count =
    'tag' in target ? await countTagged(target.tag, signal) : (await api.ownHoldings(signal)).images
  if (count === 0) return 'No image is affected.'
  return count === 1 ? '1 image is affected.' : `${countText(count, 'image')} are affected.`
}

/** The number of images with a tag. */
async function countTagged(tag: string, signal: AbortSignal): Promise<number> {
  const { items, nextCursor } = await api.tags({ prefix: tag, limit: maxTags }, signal)
  const found = items.find(one => one.tag === tag)
  if (found || nextCursor === null) return found?.images ?? 0
  // more frequent tags with the same beginning filled the page; among the images that have this tag, no other tag is
  // more frequent, so it comes first.
  const own = await api.tags({ tag, prefix: tag, limit: 1 }, signal)
  return own.items[0]?.images ?? 0
}
