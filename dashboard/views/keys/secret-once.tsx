import { Button } from '../../components/button.tsx'
import { CopyLine } from '../../components/copy.tsx'
import { Dialog, DialogFoot } from '../../components/dialog.tsx'

/** What is shown once. */
export interface Secret {
  readonly title: string
  readonly id: string
  readonly secret: string
}

/** A secret in the one moment in which it can be seen. */
export function SecretOnce({ title, id, secret, onClose }: Secret & { readonly onClose: () => void }) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>Copy the secret now: it is not shown again, and nobody can look it up.</p>
      <CopyLine title="Id" text={id} />
      <CopyLine title="Secret" text={secret} />
      <DialogFoot>
        <Button kind="primary" onClick={onClose}>
          I have it
        </Button>
      </DialogFoot>
    </Dialog>
  )
}
