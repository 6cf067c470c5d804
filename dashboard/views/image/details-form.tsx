import { useEffect } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Check } from '../../components/check.tsx'
import { FormError, TextArea, TextField } from '../../components/field.tsx'
import { showToast } from '../../components/toast.tsx'
import { navigate } from '../../location.ts'
import { useSubmit } from '../../use-submit.ts'
import { imagePath } from '../library/place.ts'
import type { OnChange } from './changes.ts'
import { type Draft, hasDraft, metadataError, useDraft } from './drafts.ts'
import { MetadataFields } from './metadata-fields.tsx'

interface DetailsProps {
  readonly image: Image
  readonly onChange: OnChange
}

/** Title, alt text, tags and custom metadata, edited in place. */
export function DetailsForm({ image, onChange }: DetailsProps) {
  const { draft, changes, change, discard, takeOver } = useDraft(image)
  useReminder(image)
  const { submit, busy, error } = useSubmit(async () => {
    const mistake = metadataError(draft.metadata)
    if (mistake !== undefined) throw new Error(mistake)
    const saved = await api.changeImage(image.id, changes ?? {})
    takeOver(saved, draft)
    const { id, title, alt, tags, metadata } = saved
    onChange({ id, title, alt, tags, metadata })
    showToast('Saved')
  })
  return (
    <section class="panel" aria-label="Texts">
      <form onSubmit={submit}>
        <TextField label="Title" maxLength={200} value={draft.title} onValue={title => change({ title })} />
        <AltFields draft={draft} onChange={change} />
        <div class="tag-fields">
          <TextField
            label="Tags"
            hint="Separated by commas"
            value={draft.tags}
            onValue={tags => change({ tags })}
          />
          <TagLinks tags={image.tags} />
        </div>
        <MetadataFields rows={draft.metadata} onRows={metadata => change({ metadata })} />
        <FormError error={error} />
        {changes !== undefined && (
          <div class="form-actions">
            <Button type="submit" icon="save" disabled={busy}>
              Save
            </Button>
            <Button kind="quiet" disabled={busy} onClick={discard}>
              Discard
            </Button>
          </div>
        )}
      </form>
    </section>
  )
}

function AltFields({ draft, onChange }: { draft: Draft; onChange: (changes: Partial<Draft>) => void }) {
  return (
    <div class="alt-fields">
      <TextArea
        label="Alt text"
        hint={draft.decorative ? undefined : 'What the image shows, for people who do not see it.'}
        rows={2}
        maxLength={1000}
        disabled={draft.decorative}
        value={draft.decorative ? '' : draft.alt}
        onValue={alt => onChange({ alt })}
      />
      <Check checked={draft.decorative} onCheck={decorative => onChange({ decorative })}>
        Decorative, needs no alt text
      </Check>
    </div>
  )
}

function TagLinks({ tags }: Pick<Image, 'tags'>) {
  if (tags.length === 0) return null
  return (
    <ul class="tags" aria-label="Images with the same tag">
      {tags.map(tag => (
        <li key={tag}>
          <a href={`/?tag=${encodeURIComponent(tag)}`}>{tag}</a>
        </li>
      ))}
    </ul>
  )
}

/** Reminds users of texts that they typed and did not save when they leave the image. */
function useReminder({ id, title }: Image): void {
  useEffect(() => {
    const path = imagePath(id)
    return () => {
      if (!hasDraft(id)) return
      showToast(`The texts of ${title.slice(0, 60) || 'this image'} are not saved`, {
        label: 'Go back',
        onChoose: () => navigate(path),
      })
    }
  }, [id])
}
