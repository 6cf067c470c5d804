import type { ComponentChildren } from 'preact'
import { Button } from './button.tsx'
import { CopyLine } from './copy.tsx'
import { Dialog, DialogFoot } from './dialog.tsx'

/** What is shown once. */
export interface Secret {
  readonly title: string
  readonly id: string
  readonly secret: string
}

interface SecretProps extends Secret {
  readonly onClose: () => void
  /** What it is for. */
  readonly children?: ComponentChildren
}

/** A secret in the one moment in which it can be seen. */
export function SecretDialog({ title, id, secret, onClose, children }: SecretProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>Copy the secret now. It is not shown again and cannot be recovered.</p>
      <CopyLine title="Id" text={id} />
      <CopyLine title="Secret" text={secret} />
      {children}
      <DialogFoot>
        <Button kind="primary" onClick={onClose}>
          I have it
        </Button>
      </DialogFoot>
    </Dialog>
  )
}
