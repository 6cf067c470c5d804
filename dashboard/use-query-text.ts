import { useEffect, useState } from 'preact/hooks'
import { query, setQuery } from './location.ts'

/**
 * The text of a field that is kept in the query of the URL. It is written to the URL when typing has paused for
 * `debounceMs` milliseconds, as `clean` returns it, and follows changes of the URL.
 */
export function useQueryText(
  name: string,
  debounceMs: number,
  clean: (text: string) => string = text => text,
): [text: string, setText: (text: string) => void] {
  const urlText = query.value.get(name) ?? ''
  const [text, setText] = useState(urlText)
  useEffect(() => setText(urlText), [urlText])
  useEffect(() => {
    const cleaned = clean(text)
    if (cleaned === urlText) return
    const timer = setTimeout(() => setQuery({ [name]: cleaned }), debounceMs)
    return () => clearTimeout(timer)
  }, [name, text, urlText])
  return [text, setText]
}
