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
  givenTags: readonly string[],
): Promise<void> {
  const outcome = await runBulkAction(
    images.map(({ id }) => id),
    action,
    givenTags,
  )
  const changed = (tags: readonly string[]) =>
    action === 'tag' ? [...new Set([...tags, ...givenTags])] : tags.filter(tag => !givenTags.includes(tag))
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
  const givenTags = parseTags(text)
  const { submit, busy, error } = useSubmit(async () => {
    await applyTags(props, 'tag', givenTags)
    onDone()
  })
  return (
    <FormDialog
      title={`Add tags to ${countText(images.length, 'image')}`}
      action="Add"
      ready={!busy && givenTags.length > 0}
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
  const [givenTags, setGivenTags] = useState<readonly string[]>([])
  const counts = new Map<string, number>()
  for (const tag of images.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  const { submit, busy } = useSubmit(() => applyTags(props, 'untag', givenTags).then(onDone, showError))
  return (
    <FormDialog
      title={`Remove tags from ${countText(images.length, 'image')}`}
      action="Remove"
      ready={!busy && givenTags.length > 0}
      onSubmit={submit}
      onClose={onClose}
    >
      <Checks
        label="Tags"
        hideLabel
        choices={[...counts].sort().map(([tag, count]) => ({ value: tag, label: `${tag} (${count})` }))}
        chosen={givenTags}
        onChoose={setGivenTags}
      />
    </FormDialog>
  )
}
