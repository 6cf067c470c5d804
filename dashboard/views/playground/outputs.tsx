import { useEffect, useState } from 'preact/hooks'
import type { OperationTable } from '../../../service/url/option.ts'
import type { Image, Signed } from '../../api-types.ts'
import { errorMessage } from '../../calls.ts'
import { CopyLine } from '../../components/copy.tsx'
import { mayWritePresets } from '../../session.ts'
import type { Form } from './address.ts'
import { type Output, plainOutputs, setOutputs } from './output-texts.ts'

interface OutputsProps {
  readonly image: Image
  readonly form: Form
  readonly table: OperationTable
  /** The signed URL of the shown image. */
  readonly signed: Signed
  /** Whether the form has changed since the URL was signed. */
  readonly stale: boolean
}

/** Texts to copy: the URL, `srcset`, `<picture>`, Markdown, curl and client code. */
export function Outputs({ image, form, table, signed, stale }: OutputsProps) {
  const [outputs, setAll] = useState<readonly Output[]>([])
  const [error, setError] = useState('')
  // runs when a new URL is signed; the form is then the one that was signed
  useEffect(() => {
    const controller = new AbortController()
    const plain = plainOutputs(image, form, signed, table)
    setAll(plain)
    setError('')
    // its URLs resize the image, which a user with presets only may not
    if (!mayWritePresets()) return
    setOutputs(image, form, table, controller.signal).then(
      sets => controller.signal.aborted || setAll([...plain, ...sets]),
      error => controller.signal.aborted || setError(errorMessage(error)),
    )
    return () => controller.abort()
  }, [signed])
  return (
    <section class={`outputs ${stale ? 'stale' : ''}`} aria-label="Code to copy" inert={stale}>
      {outputs.map(({ title, text }) => (
        <CopyLine key={title} title={title} text={text} />
      ))}
      {error && <p class="hint">Failed to sign the srcset: {error}</p>}
    </section>
  )
}
