import { useEffect, useRef, useState } from 'preact/hooks'
import { navigate, path, query } from '../../location.ts'
import { type Form, readForm, writeForm } from './address.ts'

/** `typed` replaces the history entry, `done` adds one that Back can undo. */
export type Change = 'typed' | 'done'

/** The form, synchronised with the URL in both directions. */
export function useForm(): [Form, (form: Form, change: Change) => void] {
  const [form, setForm] = useState(() => readForm(query.value))
  const written = useRef(writeForm(form))
  const urlQuery = query.value.toString()
  useEffect(() => {
    if (urlQuery === written.current) return
    const read = readForm(new URLSearchParams(urlQuery))
    written.current = urlQuery === '' ? urlQuery : writeForm(read)
    setForm(read)
  }, [urlQuery])
  const update = (next: Form, change: Change) => {
    setForm(next)
    written.current = writeForm(next)
    navigate(`${path.value}?${written.current}`, { replace: change === 'typed' })
  }
  return [form, update]
}
