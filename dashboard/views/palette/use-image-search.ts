import { useEffect, useState } from 'preact/hooks'
import { api } from '../../api.ts'
import { navigate } from '../../location.ts'
import { thumbnailsOf } from '../../thumbnails.ts'
import type { Command } from './commands.ts'

/** How long typing must pause before images are searched, in milliseconds. */
const debounceMs = 200
const maxImages = 8

export interface ImageSearch {
  /** The text that was searched. */
  readonly text: string
  readonly found: readonly Command[]
  readonly failed: boolean
}

const nothing: ImageSearch = { text: '', found: [], failed: false }

/** Images whose title or tags match a text. The last result stays until the next one arrives. */
export function useImageSearch(text: string): ImageSearch {
  const [search, setSearch] = useState(nothing)
  useEffect(() => {
    if (text === '') return setSearch(nothing)
    const controller = new AbortController()
    const { signal } = controller
    const timer = setTimeout(async () => {
      try {
        const found = await searchImages(text, signal)
        if (!signal.aborted) setSearch({ text, found, failed: false })
      } catch {
        if (!signal.aborted) setSearch({ text, found: [], failed: true })
      }
    }, debounceMs)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [text])
  return search
}

async function searchImages(text: string, signal: AbortSignal): Promise<Command[]> {
  const { items } = await api.images({ q: text, limit: maxImages }, signal)
  const thumbnails = await thumbnailsOf(items)
  return items.map(({ id, title }) => ({
    id: `image-${id}`,
    label: title || id,
    icon: 'image',
    thumbnail: thumbnails.get(id)?.src,
    run: () => navigate(`/images/${id}`),
  }))
}
