import { useState } from 'preact/hooks'
import type { Image } from '../../api-types.ts'
import { errorMessage } from '../../calls.ts'
import { Button } from '../../components/button.tsx'
import { Checks } from '../../components/check.tsx'
import { Dialog, DialogFoot } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { countText } from '../../format.ts'
import { runBulkAction, showSkipped } from './bulk-action.ts'
import type { ImageList } from './use-images.ts'

interface TagProps {
  readonly images: readonly Image[]
  readonly list: ImageList
  readonly onDone: () => void
  readonly onClose: () => void
}

/** Adds or removes tags on all selected images, then updates the list. @throws Problem */
async function applyTags(
  { images, list }: Pick<TagProps, 'images' | 'list'>,
  action: 'tag' | 'untag',
  named: readonly string[],
): Promise<void> {
  const outcome = await runBulkAction(
    images.map(({ id }) => id),
    action,
    named,
  )
  const changed = (tags: readonly string[]) =>
    action === 'tag' ? [...new Set([...tags, ...named])] : tags.filter(tag => !named.includes(tag))
  list.edit(all =>
    all.map(image => (outcome.done.has(image.id) ? { ...image, tags: changed(image.tags) } : image)),
  )
  if (outcome.done.size > 0)
    showToast(`${countText(outcome.done.size, 'image')} ${action === 'tag' ? 'tagged' : 'untagged'}`)
  showSkipped(outcome, images.length)
}

/** The submit handler of a tag dialog, and whether it is running. */
function useTagForm(
  { onDone, ...rest }: TagProps,
  action: 'tag' | 'untag',
  named: readonly string[],
  onFailure: (error: unknown) => void,
) {
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    await applyTags(rest, action, named).then(onDone, error => {
      onFailure(error)
      setBusy(false)
    })
  }
  return { busy, submit }
}

/** The dialog that adds tags to the selected images. */
export function AddTags(props: TagProps) {
  const { images, onClose } = props
  const [text, setText] = useState('')
  const [error, setError] = useState('')
  const named = text
    .split(',')
    .map(tag => tag.trim())
    .filter(tag => tag !== '')
  const { busy, submit } = useTagForm(props, 'tag', named, error => setError(errorMessage(error)))
  return (
    <Dialog title={`Add tags to ${countText(images.length, 'image')}`} onClose={onClose}>
      <form onSubmit={submit}>
        <TextField
          label="Tags"
          hint="Separated by commas"
          autofocus
          error={error}
          value={text}
          onValue={setText}
        />
        <DialogFoot>
          <Button kind="primary" type="submit" disabled={busy || named.length === 0}>
            Add
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}

/** The dialog that removes tags from the selected images. */
export function RemoveTags(props: TagProps) {
  const { images, onClose } = props
  const [named, setNamed] = useState<readonly string[]>([])
  const counts = new Map<string, number>()
  for (const tag of images.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  const { busy, submit } = useTagForm(props, 'untag', named, showError)
  return (
    <Dialog title={`Remove tags from ${countText(images.length, 'image')}`} onClose={onClose}>
      <form onSubmit={submit}>
        <Checks
          label="Tags"
          hideLabel
          choices={[...counts].sort().map(([tag, count]) => ({ value: tag, label: `${tag} (${count})` }))}
          chosen={named}
          onChoose={setNamed}
        />
        <DialogFoot>
          <Button kind="primary" type="submit" disabled={busy || named.length === 0}>
            Remove
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}
