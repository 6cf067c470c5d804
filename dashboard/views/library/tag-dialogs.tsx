import { useState } from 'preact/hooks'
import { Checks } from '../../components/check.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { showToast } from '../../components/toast.tsx'
import { countText, parseTags } from '../../format.ts'
import { useSubmit } from '../../use-submit.ts'
import { showSkipped } from './bulk-action.ts'
import { refreshFacets } from './facets.tsx'
import type { ActionProps } from './selection.tsx'
import { describeSelected } from './use-selection.ts'

/** Adds or removes tags on all selected images, then updates the list. */
async function applyTags(
  { selected, list, run, onDone }: ActionProps,
  action: 'tag' | 'untag',
  givenTags: readonly string[],
): Promise<void> {
  const title = action === 'tag' ? 'Adding tags' : 'Removing tags'
  const outcome = await run({ title, target: selected.target, action, tags: givenTags })
  if (outcome === undefined) return
  const changed = (tags: readonly string[]) =>
    action === 'tag' ? [...new Set([...tags, ...givenTags])] : tags.filter(tag => !givenTags.includes(tag))
  if (selected.everything) list.reload()
  else
    list.edit(all =>
      all.map(image => (outcome.ids.has(image.id) ? { ...image, tags: changed(image.tags) } : image)),
    )
  if (outcome.done > 0)
    showToast(`${countText(outcome.done, 'image')} ${action === 'tag' ? 'tagged' : 'untagged'}`)
  showSkipped(outcome)
  refreshFacets()
  onDone()
}

/** The dialog that adds tags to the selected images. */
export function AddTags(props: ActionProps) {
  const [text, setText] = useState('')
  const givenTags = parseTags(text)
  const { submit, busy, error } = useSubmit(() => applyTags(props, 'tag', givenTags))
  return (
    <FormDialog
      title={`Add tags to ${describeSelected(props.selected)}`}
      action="Add"
      ready={!busy && givenTags.length > 0}
      onSubmit={submit}
      onClose={props.onClose}
    >
      <TextField
        label="Tags"
        hint="Separated by commas. A tag with slashes, such as shop/2026, is a folder."
        autofocus
        error={error}
        value={text}
        onValue={setText}
      />
    </FormDialog>
  )
}

/** The dialog that removes tags from the selected images. Those of images that are not loaded are typed. */
export function RemoveTags(props: ActionProps) {
  const { everything, images } = props.selected
  const [givenTags, setGivenTags] = useState<readonly string[]>([])
  const [text, setText] = useState('')
  const allTags = everything ? parseTags(text) : givenTags
  const counts = new Map<string, number>()
  for (const tag of images.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  const { submit, busy } = useSubmit(() => applyTags(props, 'untag', allTags))
  return (
    <FormDialog
      title={`Remove tags from ${describeSelected(props.selected)}`}
      action="Remove"
      ready={!busy && allTags.length > 0}
      onSubmit={submit}
      onClose={props.onClose}
    >
      {everything ? (
        <TextField label="Tags" hint="Separated by commas" autofocus value={text} onValue={setText} />
      ) : (
        <Checks
          label="Tags"
          hideLabel
          choices={[...counts].sort().map(([tag, count]) => ({ value: tag, label: `${tag} (${count})` }))}
          chosen={givenTags}
          onChoose={setGivenTags}
        />
      )}
    </FormDialog>
  )
}
