import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { FormError, TextField } from '../../components/field.tsx'
import { showToast } from '../../components/toast.tsx'
import { parseTags } from '../../format.ts'
import { useSubmit } from '../../use-submit.ts'

interface LabelsProps {
  readonly image: Image
  readonly onChange: (image: Image) => void
}

/** The title and tags of an image. */
export function Labels({ image, onChange }: LabelsProps) {
  const [title, setTitle] = useState(image.title)
  const [tags, setTags] = useState(image.tags.join(', '))
  const changed = title !== image.title || tags !== image.tags.join(', ')
  const { submit, error } = useSubmit(async () => {
    const saved = await api.changeImage(image.id, { title, tags: parseTags(tags) })
    setTitle(saved.title)
    setTags(saved.tags.join(', '))
    onChange(saved)
    showToast('Saved')
  })
  return (
    <section class="panel" aria-label="Title and tags">
      <form onSubmit={submit}>
        <TextField label="Title" maxLength={200} value={title} onValue={setTitle} />
        <TextField label="Tags" hint="Separated by commas" value={tags} onValue={setTags} />
        <FormError error={error} />
        {changed && (
          <Button kind="primary" type="submit" icon="save">
            Save
          </Button>
        )}
      </form>
      {image.tags.length > 0 && (
        <ul class="tags" aria-label="Images with the same tag">
          {image.tags.map(tag => (
            <li key={tag}>
              <a href={`/?tag=${encodeURIComponent(tag)}`}>{tag}</a>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
