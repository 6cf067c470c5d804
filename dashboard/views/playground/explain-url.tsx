import { useState } from 'preact/hooks'
import type { OperationTable } from '../../../service/url/option.ts'
import type { Image } from '../../api-types.ts'
import { errorMessage } from '../../calls.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea } from '../../components/field.tsx'
import { type Explained, explain } from './explain.ts'

interface ExplainProps {
  readonly image: Image
  readonly table: OperationTable
  readonly onExplained: (explained: Pick<Explained, 'imageId' | 'steps' | 'format'>) => void
  readonly onClose: () => void
}

/** A dialog that parses the URL of a derivative and fills the playground's form with its operations. */
export function ExplainUrl({ image, table, onExplained, onClose }: ExplainProps) {
  const [text, setText] = useState('')
  const [error, setError] = useState('')
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    try {
      const { userId, imageId, steps, format } = explain(text, table)
      // the image of another account is not accessible, so its operations are applied to the current image
      onExplained({ imageId: userId === image.userId ? imageId : image.id, steps, format })
    } catch (error) {
      setError(errorMessage(error))
    }
  }
  return (
    <FormDialog
      title="Explain a URL"
      action="Explain"
      ready={text.trim() !== ''}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextArea
        label="URL or path of a derivative"
        hint="With or without host and signature. Its operations are loaded into the form."
        rows={4}
        autofocus
        error={error}
        value={text}
        onValue={value => {
          setText(value)
          setError('')
        }}
      />
    </FormDialog>
  )
}
