import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { NewTakedown as Content } from '../../api-types.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { FormError, TextArea, TextField } from '../../components/field.tsx'
import { useSubmit } from '../../use-submit.ts'

interface NewProps {
  /** Called with the number of deleted images. */
  readonly onCreated: (images: number) => void
  readonly onClose: () => void
}

/** The form for a new takedown. */
export function NewTakedown({ onCreated, onClose }: NewProps) {
  const [content, setContent] = useState('')
  const [reason, setReason] = useState('')
  const { submit, busy, error } = useSubmit(async () => {
    const { images } = await api.takeDown(contentOf(content.trim(), reason.trim()))
    onCreated(images)
  })
  return (
    <FormDialog
      title="Take content down"
      action="Take down"
      danger
      ready={!busy && content.trim() !== '' && reason.trim() !== ''}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>
        Every image with this content is deleted at once, of all users, and cannot be restored. Its URLs stop
        working, and the content cannot be uploaded again until the takedown is lifted.
      </p>
      <TextField
        label="Image"
        hint="The id of an image, one of its URLs, or the SHA-256 of the original in hex"
        autocomplete="off"
        autofocus
        value={content}
        onValue={setContent}
      />
      <TextArea
        label="Reason"
        hint="Only administrators see it"
        rows={3}
        maxLength={500}
        value={reason}
        onValue={setReason}
      />
      <FormError error={error} />
    </FormDialog>
  )
}

/** Reads an id, the URL of an image or of its page in the dashboard, or a hash. */
function contentOf(text: string, reason: string): Content {
  if (/^[0-9a-f]{64}$/i.test(text)) return { sha256: text.toLowerCase(), reason }
  const [, imageId = text] = /\/(?:(?:processed|raw)\/[a-z0-9]+|images)\/([a-z0-9]+)/.exec(text) ?? []
  return { imageId, reason }
}
