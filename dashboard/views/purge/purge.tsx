import './purge.css'
import { useState } from 'preact/hooks'
import { api, type PurgeTarget } from '../../api.ts'
import { Button } from '../../components/button.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { Radios } from '../../components/radios.tsx'
import { PageHead } from '../../shell.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { ConfirmPurge } from './confirm-purge.tsx'
import { useMeant } from './use-meant.ts'

/** How many tags are suggested. */
const maxSuggestions = 100

const kinds = [
  { value: 'tag', label: 'Images with a tag', hint: 'All derivatives of every image that has the tag' },
  { value: 'preset', label: 'A preset', hint: 'Derivatives that were made with it, of all images' },
  { value: 'all', label: 'Everything', hint: 'All derivatives of all your images' },
] as const
type Kind = (typeof kinds)[number]['value']

/** Deletes derivatives of many images, which are rendered again on request. */
export function Purge() {
  const [kind, setKind] = useState<Kind>('tag')
  const [tag, setTag] = useState('')
  const [preset, setPreset] = useState('')
  const [asking, setAsking] = useState(false)
  const [queued, setQueued] = useState('')
  const target = targetOf(kind, tag.trim(), preset)
  const meant = useMeant(target)
  return (
    <>
      <PageHead title="Purge" />
      <div class="purge">
        <p class="hint">
          A purge deletes derivatives, here and in the CDN that is configured. Originals stay, and each
          derivative is rendered again when a page asks for it. To purge one image, open its page.
        </p>
        <form
          onSubmit={event => {
            event.preventDefault()
            setAsking(true)
          }}
        >
          <Radios label="What to purge" choices={kinds} value={kind} onValue={setKind} />
          {kind === 'tag' && <TagField value={tag} onValue={setTag} />}
          {kind === 'preset' && <PresetField value={preset} onValue={setPreset} />}
          <p class="purge-meant" aria-live="polite">
            {meant}
          </p>
          <div>
            <Button kind="danger" type="submit" icon="purge" disabled={target === undefined}>
              Purge …
            </Button>
          </div>
        </form>
        {queued && (
          <p role="status">
            {queued} <a href="/jobs">Jobs</a> shows the progress.
          </p>
        )}
      </div>
      {asking && target && (
        <ConfirmPurge target={target} meant={meant} onDone={setQueued} onClose={() => setAsking(false)} />
      )}
    </>
  )
}

function targetOf(kind: Kind, tag: string, preset: string): PurgeTarget | undefined {
  if (kind === 'all') return { all: true }
  if (kind === 'tag') return tag === '' ? undefined : { tag }
  return preset === '' ? undefined : { preset }
}

/** A field that suggests the most used tags. */
function TagField({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  const [loaded] = useLoaded(signal => api.tags({ limit: maxSuggestions }, signal), [])
  const tags = loaded.state === 'loaded' ? loaded.value.items : []
  return (
    <>
      <TextField
        label="Tag"
        maxLength={64}
        autocomplete="off"
        list="purge-tags"
        value={value}
        onValue={onValue}
      />
      <datalist id="purge-tags">
        {tags.map(({ tag }) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
    </>
  )
}

function PresetField({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  const [loaded] = useLoaded(() => api.presets(), [])
  const names = loaded.state === 'loaded' ? loaded.value.items.map(({ name }) => name) : []
  // a preset beyond the first page, or one that was deleted, can be typed
  if (loaded.state === 'loaded' && (names.length === 0 || loaded.value.nextCursor !== null)) {
    return <TextField label="Name of the preset" maxLength={32} value={value} onValue={onValue} />
  }
  return (
    <SelectField
      label="Preset"
      choices={[
        { value: '', label: 'Choose a preset' },
        ...names.map(name => ({ value: name, label: name })),
      ]}
      value={value}
      onValue={onValue}
    />
  )
}
