import { useEffect, useState } from 'preact/hooks'
import type { Image } from '../../api-types.ts'
import { SelectField, TextField } from '../../components/field.tsx'
import { query, setQuery } from '../../location.ts'

/** How long typing must pause before the search starts, in milliseconds. */
const debounceMs = 250

const formats = ['jpg', 'png', 'webp', 'avif', 'gif', 'tiff', 'svg', 'heic', 'jxl', 'pdf', 'ico', 'bmp']
const formatChoices = [
  { value: '', label: 'All formats' },
  ...formats.map(format => ({ value: format, label: format.toUpperCase() })),
]
const sortChoices = [
  { value: '', label: 'Newest first' },
  { value: 'createdAt', label: 'Oldest first' },
  { value: 'title', label: 'Title A to Z' },
  { value: '-title', label: 'Title Z to A' },
  { value: '-bytes', label: 'Largest first' },
  { value: 'bytes', label: 'Smallest first' },
]

/** Search, filters and sort order. */
export function Toolbar({ images }: { images: readonly Image[] }) {
  const tags = [...new Set(images.flatMap(image => image.tags))].sort().slice(0, 100)
  return (
    <search class="toolbar">
      <DebouncedField name="q" label="Search titles and tags" icon="search" />
      <DebouncedField name="tag" label="Tag" icon="tag" list="known-tags" />
      <datalist id="known-tags">
        {tags.map(tag => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
      <SelectField
        label="Format"
        hideLabel
        choices={formatChoices}
        value={query.value.get('format') ?? ''}
        onValue={format => setQuery({ format })}
      />
      <SelectField
        label="Order"
        hideLabel
        choices={sortChoices}
        value={query.value.get('sort') ?? ''}
        onValue={sort => setQuery({ sort })}
      />
    </search>
  )
}

interface DebouncedFieldProps {
  readonly name: 'q' | 'tag'
  readonly label: string
  readonly icon: 'search' | 'tag'
  readonly list?: string
}

/** A text field that writes its value to the URL with a debounce, and follows changes of the URL. */
function DebouncedField({ name, label, icon, list }: DebouncedFieldProps) {
  const urlValue = query.value.get(name) ?? ''
  const [value, setValue] = useState(urlValue)
  useEffect(() => setValue(urlValue), [urlValue])
  useEffect(() => {
    if (value === urlValue) return
    const timer = setTimeout(() => setQuery({ [name]: value }), debounceMs)
    return () => clearTimeout(timer)
  }, [name, value, urlValue])
  return (
    <TextField
      type="search"
      label={label}
      hideLabel
      placeholder={label}
      icon={icon}
      list={list}
      value={value}
      onValue={setValue}
    />
  )
}
