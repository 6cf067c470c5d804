import { useEffect, useState } from 'preact/hooks'
import { api, type ImageQuery } from '../../api.ts'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Paged } from '../../components/paged.tsx'
import { numberText } from '../../format.ts'
import { setQuery } from '../../location.ts'
import { usePages } from '../../use-pages.ts'

/** How long typing must pause before the search starts, in milliseconds. */
const debounceMs = 200
const pageSize = 100

interface AllTagsProps {
  readonly filters: ImageQuery
  readonly onClose: () => void
}

/** All tags of the listed images, with a search. */
export function AllTags({ filters, onClose }: AllTagsProps) {
  const [text, setText] = useState('')
  const [prefix, setPrefix] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setPrefix(text.trim()), debounceMs)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <Dialog title="Tags" onClose={onClose}>
      <TextField
        type="search"
        label="Tag begins with"
        icon="search"
        maxLength={64}
        autofocus
        value={text}
        onValue={setText}
      />
      <TagList key={prefix} filters={{ ...filters }} prefix={prefix} onClose={onClose} />
    </Dialog>
  )
}

function TagList({ filters, prefix, onClose }: AllTagsProps & { readonly prefix: string }) {
  const [partial, setPartial] = useState(false)
  const pages = usePages(async (cursor, signal) => {
    const page = await api.tags(
      { ...filters, prefix, limit: pageSize, ...(cursor ? { cursor } : {}) },
      signal,
    )
    setPartial(page.partial)
    return page
  })
  const choose = (tag: string) => {
    onClose()
    setQuery({ tag }, false)
  }
  return (
    <div class="all-tags">
      <Paged pages={pages} empty={<p class="hint">No tag begins like this.</p>}>
        {items => (
          <ul aria-label="Tags">
            {items.map(({ tag, images }) => (
              <li key={tag}>
                <button type="button" onClick={() => choose(tag)}>
                  <span>{tag}</span>
                  <span class="chip-count">{numberText(images)}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </Paged>
      {partial && <p class="hint">Only the newest 20,000 matching images are counted.</p>}
    </div>
  )
}
