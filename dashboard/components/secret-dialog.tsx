import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Button } from './button.tsx'
import { CopyLine } from './copy.tsx'
import { Dialog, DialogFoot } from './dialog.tsx'

/** A secret that is shown only once. */
export interface Secret {
  readonly title: string
  readonly id: string
  readonly secret: string
}

interface SecretProps extends Secret {
  readonly onClose: () => void
  /** Explains what the secret is for. */
  readonly children?: ComponentChildren
}

/** Shows a new secret. It cannot be displayed again after the dialog closes, so Escape and Close ask first. */
export function SecretDialog({ title, id, secret, onClose, children }: SecretProps) {
  const [asking, setAsking] = useState(false)
  return (
    <Dialog title={title} onClose={onClose} onDismiss={() => setAsking(now => !now)}>
      <p>Copy the secret now. It is not shown again and cannot be recovered.</p>
      <CopyLine title="Id" text={id} />
      <CopyLine title="Secret" text={secret} />
      {children}
      {asking ? (
        <>
          <p role="alert">Close without the secret? If you have not copied it, it is lost.</p>
          <DialogFoot>
            <Button onClick={() => setAsking(false)}>Back to the secret</Button>
            <Button kind="danger" onClick={onClose}>
              Close
            </Button>
          </DialogFoot>
        </>
      ) : (
        <DialogFoot>
          <Button kind="primary" onClick={onClose}>
            Done
          </Button>
        </DialogFoot>
      )}
    </Dialog>
  )
}
