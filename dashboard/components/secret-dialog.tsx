import type { ComponentChildren } from 'preact'
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

/** Shows a new secret. It cannot be displayed again after the dialog closes. */
export function SecretDialog({ title, id, secret, onClose, children }: SecretProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>Copy the secret now. It is not shown again and cannot be recovered.</p>
      <CopyLine title="Id" text={id} />
      <CopyLine title="Secret" text={secret} />
      {children}
      <DialogFoot>
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      </DialogFoot>
    </Dialog>
  )
}
