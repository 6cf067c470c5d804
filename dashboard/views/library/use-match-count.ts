import { useEffect, useState } from 'preact/hooks'
import { api, type ImageQuery } from '../../api.ts'

/** Images per page, the API's limit, and how many pages are counted: more would load many megabytes for a number. */
const [pageSize, maxPages] = [200, 10]

export interface MatchCount {
  readonly images: number
  /** Whether there are more images than were counted. */
  readonly isMore: boolean
}

/** The number of images of a query, up to 2,000. Undefined until it is known. */
export function useMatchCount(query: ImageQuery | undefined): MatchCount | undefined {
  const [count, setCount] = useState<MatchCount | undefined>(undefined)
  const key = query && JSON.stringify(query)
  useEffect(() => {
    setCount(undefined)
    if (key === undefined) return
    const controller = new AbortController()
    const { signal } = controller
    countMatches(JSON.parse(key), signal).then(
      found => signal.aborted || setCount(found),
      // the number only informs: an action reports why the service does not answer
      () => {},
    )
    return () => controller.abort()
  }, [key])
  return count
}

async function countMatches(query: ImageQuery, signal: AbortSignal): Promise<MatchCount> {
  let images = 0
  let cursor: string | undefined
  for (let page = 0; page < maxPages; page++) {
    const position = cursor === undefined ? {} : { cursor }
    const { items, nextCursor } = await api.images({ ...query, ...position, limit: pageSize }, signal)
    images += items.length
    if (nextCursor === null) return { images, isMore: false }
    cursor = nextCursor
  }
  return { images, isMore: true }
}
