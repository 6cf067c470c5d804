import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Account, Holdings } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogFoot } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { bytesText, countText } from '../../format.ts'
import { navigate } from '../../location.ts'
import type { Loading } from '../../use-loaded.ts'

interface DeleteProps {
  readonly account: Account
  readonly holdings: Loading<Holdings>
  readonly onClose: () => void
}

/** A dialog that lists what is deleted with a user, and asks to type their address, since it cannot be undone. */
export function DeleteUser({ account, holdings, onClose }: DeleteProps) {
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    try {
      await api.deleteUser(account.id)
      showToast(`${account.email} deleted`)
      navigate('/users')
    } catch (error) {
      showError(error)
      setBusy(false)
    }
  }
  return (
    <Dialog title={`Delete ${account.email}?`} onClose={onClose}>
      <form onSubmit={submit}>
        <p>These are deleted permanently:</p>
        <ul class="what-goes">
          <li>{imagesOf(holdings)} and all derivatives</li>
          <li>presets and policies</li>
          <li>signing keys, API keys and webhooks</li>
          <li>every signed URL: pages that embed them will show no images</li>
        </ul>
        <TextField
          label={`Type ${account.email} to confirm`}
          autocomplete="off"
          autofocus
          value={typed}
          onValue={setTyped}
        />
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" type="submit" disabled={busy || typed.trim() !== account.email}>
            Delete permanently
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}

function imagesOf(holdings: Loading<Holdings>): string {
  if (holdings.state !== 'loaded') return 'all images'
  const { images, storageBytes } = holdings.value
  return `${countText(images, 'image')} with ${bytesText(storageBytes)} of originals, including deleted ones`
}
