import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Confirm, Dialog, DialogFoot } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { tell, tellFailure } from '../../components/toast.tsx'
import { forEach } from '../../for-each.ts'
import { countText } from '../../format.ts'
import type { ImageList } from './use-images.ts'

interface SelectionProps {
  readonly list: ImageList
  readonly picked: ReadonlySet<string>
  readonly onPick: (picked: ReadonlySet<string>) => void
}

const none: ReadonlySet<string> = new Set()

/** What can be done with the pictures that are picked. */
export function Selection({ list, picked, onPick }: SelectionProps) {
  const [asked, setAsked] = useState<'tag' | 'delete' | undefined>(undefined)
  const images = list.images.filter(({ id }) => picked.has(id))
  if (images.length === 0) return null
  const done = () => {
    setAsked(undefined)
    onPick(none)
  }
  return (
    <section class="selection" aria-label="Picked pictures">
      <span>{countText(images.length, 'picture')}</span>
      <Button size="small" icon="tag" onClick={() => setAsked('tag')}>
        Add tags
      </Button>
      <Button size="small" kind="danger" icon="trash" onClick={() => setAsked('delete')}>
        Delete
      </Button>
      <Button size="small" kind="quiet" icon="close" label="Pick none" onClick={() => onPick(none)} />
      {asked === 'tag' && (
        <TagThem images={images} list={list} onDone={done} onClose={() => setAsked(undefined)} />
      )}
      {asked === 'delete' && (
        <DeleteThem images={images} list={list} onDone={done} onClose={() => setAsked(undefined)} />
      )}
    </section>
  )
}

interface ActionProps {
  readonly images: readonly Image[]
  readonly list: ImageList
  readonly onDone: () => void
  readonly onClose: () => void
}

function TagThem({ images, list, onDone, onClose }: ActionProps) {
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const added = text
    .split(',')
    .map(tag => tag.trim())
    .filter(tag => tag !== '')
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    const changed = new Map<string, Image>()
    const failure = await forEach(images, async ({ id, tags }) => {
      changed.set(id, await api.changeImage(id, { tags: [...new Set([...tags, ...added])] }))
    })
    list.edit(all => all.map(image => changed.get(image.id) ?? image))
    say(`${countText(changed.size, 'picture')} tagged`, failure)
    onDone()
  }
  return (
    <Dialog title={`Add tags to ${countText(images.length, 'picture')}`} onClose={onClose}>
      <form onSubmit={submit}>
        <TextField
          label="Tags"
          hint="Several are separated by commas"
          autofocus
          value={text}
          onValue={setText}
        />
        <DialogFoot>
          <Button kind="primary" type="submit" disabled={busy || added.length === 0}>
            Add
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}

function DeleteThem({ images, list, onDone, onClose }: ActionProps) {
  const [busy, setBusy] = useState(false)
  const confirm = async () => {
    setBusy(true)
    const gone = new Set<string>()
    const failure = await forEach(images, async ({ id }) => {
      await api.deleteImage(id)
      gone.add(id)
    })
    list.edit(all => all.filter(({ id }) => !gone.has(id)))
    say(`${countText(gone.size, 'picture')} deleted`, failure)
    onDone()
  }
  return (
    <Confirm
      title={`Delete ${countText(images.length, 'picture')}?`}
      action="Delete"
      busy={busy}
      onConfirm={confirm}
      onClose={onClose}
    >
      The originals and all that was made of them go, and their URLs stop working.
    </Confirm>
  )
}

function say(text: string, failure: unknown): void {
  if (failure === undefined) tell(text)
  else tellFailure(failure)
}
