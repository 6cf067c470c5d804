import { useState } from 'preact/hooks'
import type { Image } from '../../api-types.ts'
import { Checks } from '../../components/check.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { countText, parseTags } from '../../format.ts'
import { useSubmit } from '../../use-submit.ts'
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

/** The dialog that adds tags to the selected images. */
export function AddTags(props: TagProps) {
  const { images, onDone, onClose } = props
  const [text, setText] = useState('')
  const named = parseTags(text)
  const { submit, busy, error } = useSubmit(async () => {
    await applyTags(props, 'tag', named)
    onDone()
  })
  return (
    <FormDialog
      title={`Add tags to ${countText(images.length, 'image')}`}
      action="Add"
      ready={!busy && named.length > 0}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label="Tags"
        hint="Separated by commas"
        autofocus
        error={error}
        value={text}
        onValue={setText}
      />
    </FormDialog>
  )
}

/** The dialog that removes tags from the selected images. */
export function RemoveTags(props: TagProps) {
  const { images, onDone, onClose } = props
  const [named, setNamed] = useState<readonly string[]>([])
  const counts = new Map<string, number>()
  for (const tag of images.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  const { submit, busy } = useSubmit(() => applyTags(props, 'untag', named).then(onDone, showError))
  return (
    <FormDialog
      title={`Remove tags from ${countText(images.length, 'image')}`}
      action="Remove"
      ready={!busy && named.length > 0}
      onSubmit={submit}
      onClose={onClose}
    >
      <Checks
        label="Tags"
        hideLabel
        choices={[...counts].sort().map(([tag, count]) => ({ value: tag, label: `${tag} (${count})` }))}
        chosen={named}
        onChoose={setNamed}
      />
    </FormDialog>
  )
}
