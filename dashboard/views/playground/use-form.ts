import { useEffect, useRef, useState } from 'preact/hooks'
import { navigate, path, query } from '../../location.ts'
import { type Form, readForm, writeForm } from './address.ts'

/** How a change of the form stands in the history: what is typed replaces, what is done can be gone back from. */
export type Change = 'typed' | 'done'

/** The form, in step with the address: what is changed here stands there, and Back brings it back. */
export function useForm(): [Form, (form: Form, change: Change) => void] {
  const [form, setForm] = useState(() => readForm(query.value))
  const written = useRef(writeForm(form))
  const stands = query.value.toString()
  useEffect(() => {
    if (stands === written.current) return
    const read = readForm(new URLSearchParams(stands))
    written.current = stands === '' ? stands : writeForm(read)
    setForm(read)
  }, [stands])
  const update = (next: Form, change: Change) => {
    setForm(next)
    written.current = writeForm(next)
    navigate(`${path.value}?${written.current}`, { replace: change === 'typed' })
  }
  return [form, update]
}
