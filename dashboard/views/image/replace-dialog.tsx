import { useEffect, useRef, useState } from 'preact/hooks'
import type { Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Check } from '../../components/check.tsx'
import { Dialog, DialogFoot } from '../../components/dialog.tsx'
import { FormError } from '../../components/field.tsx'
import { showToast } from '../../components/toast.tsx'
import { bytesText, percentText } from '../../format.ts'
import { loadUploadLimits, refusalOf } from '../../uploads/accepted-files.ts'
import { sendOriginal } from '../../uploads/send-file.ts'
import { useSubmit } from '../../use-submit.ts'
import type { OnChange } from './changes.ts'

interface ReplaceProps {
  readonly image: Image
  readonly onChange: OnChange
  readonly onClose: () => void
}

/** The dialog that replaces the original. It says what follows, since the earlier file is gone afterwards. */
export function ReplaceDialog({ image, onChange, onClose }: ReplaceProps) {
  const [file, setFile] = useState<File | undefined>(undefined)
  const [keepsFocal, setKeepsFocal] = useState(true)
  const { send, sent } = useSending(image.id)
  const { submit, busy, error } = useSubmit(async () => {
    if (file === undefined) return
    const refusal = refusalOf(file, await loadUploadLimits())
    if (refusal !== '') throw new Error(refusal)
    const { duplicates: _, ...changed } = await send(file, keepsFocal)
    onChange(changed)
    showToast('Original replaced')
    onClose()
  })
  return (
    <Dialog title="Replace the original" onClose={onClose}>
      <form onSubmit={submit}>
        <Consequences />
        <FileChoice file={file} disabled={busy} onFile={setFile} />
        {image.focal && (
          <Check checked={keepsFocal} disabled={busy} onCheck={setKeepsFocal}>
            Keep the focal point
          </Check>
        )}
        {busy && file && <Progress sent={sent} bytes={file.size} />}
        <FormError error={busy ? '' : error} />
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" type="submit" disabled={busy || file === undefined}>
            Replace
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}

function Consequences() {
  return (
    <ul class="consequences">
      <li>The id, the URLs, title, alt text, tags and metadata stay.</li>
      <li>All derivatives are purged, also from your CDN, and rendered again from the new file.</li>
      <li>Browsers that have the image may show the earlier one until their cache expires, up to a year.</li>
      <li>The earlier file is deleted. You cannot get it back.</li>
    </ul>
  )
}

interface FileProps {
  readonly file: File | undefined
  readonly disabled: boolean
  readonly onFile: (file: File) => void
}

function FileChoice({ file, disabled, onFile }: FileProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <div class="file-choice">
      <input
        ref={input}
        type="file"
        hidden
        accept="image/*,application/pdf,.avif,.heic,.heif,.jxl"
        data-test="original"
        onChange={event => {
          const [chosen] = event.currentTarget.files ?? []
          if (chosen) onFile(chosen)
          event.currentTarget.value = ''
        }}
      />
      <Button icon="image" disabled={disabled} onClick={() => input.current?.click()}>
        {file ? 'Choose another file' : 'Choose a file'}
      </Button>
      {file && (
        <span>
          {file.name}, {bytesText(file.size)}
        </span>
      )}
    </div>
  )
}

function Progress({ sent, bytes }: { sent: number; bytes: number }) {
  const isSent = sent >= bytes
  return (
    <div>
      <progress aria-label="Sent" max={Math.max(1, bytes)} value={sent} />
      <p class="hint">
        {isSent ? 'Checking the file and purging' : `${percentText(sent / Math.max(1, bytes))} sent`}
      </p>
      <span class="unseen" role="status">
        {isSent ? 'Checking the file and purging' : 'Sending the file'}
      </span>
    </div>
  )
}

/** Sends the new original, and how many bytes are sent. Sending stops when the dialog closes. */
function useSending(imageId: string) {
  const [sent, setSent] = useState(0)
  const controller = useRef(new AbortController())
  useEffect(() => () => controller.current.abort(), [])
  const send = (file: File, keepsFocal: boolean) => {
    setSent(0)
    const replacement = { imageId, file, ...(keepsFocal ? {} : { focal: null }) }
    return sendOriginal(replacement, controller.current.signal, {
      onProgress: setSent,
      onSent: () => setSent(file.size),
    })
  }
  return { send, sent }
}
