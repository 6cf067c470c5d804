import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Holdings, User } from '../../api-types.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { bytesText, countText } from '../../format.ts'
import { navigate } from '../../location.ts'
import { type Loading, useLoaded } from '../../use-loaded.ts'
import { useSubmit } from '../../use-submit.ts'

interface DeleteProps {
  readonly account: User
  readonly onClose: () => void
}

/** Lists the data that is deleted with a user. To confirm, the administrator types the user's e-mail address. */
export function DeleteUser({ account, onClose }: DeleteProps) {
  // loaded again, since the user may have uploaded images after the page was opened
  const [holdings] = useLoaded(signal => api.holdings(account.id, signal), [account.id])
  const [typed, setTyped] = useState('')
  const { submit, busy } = useSubmit(async () => {
    try {
      await api.deleteUser(account.id)
      showToast(`${account.email} deleted`)
      navigate('/users')
    } catch (error) {
      showError(error)
    }
  })
  return (
    <FormDialog
      title={`Delete ${account.email}?`}
      action="Delete permanently"
      danger
      ready={!busy && typed.trim() === account.email}
      onSubmit={submit}
      onClose={onClose}
    >
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
    </FormDialog>
  )
}

function imagesOf(holdings: Loading<Holdings>): string {
  if (holdings.state !== 'loaded') return 'all images'
  const { images, deletedImages, storageBytes } = holdings.value
  const deleted = deletedImages > 0 ? ` and ${countText(deletedImages, 'deleted image')}` : ''
  return `${countText(images, 'image')}${deleted} with ${bytesText(storageBytes)} of originals,`
}
