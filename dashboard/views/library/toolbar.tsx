import { SelectField, TextField } from '../../components/field.tsx'
import { query, setQuery } from '../../location.ts'
import { useQueryText } from '../../use-query-text.ts'

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
export function Toolbar() {
  return (
    <search class="toolbar">
      <SearchField />
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

/** Writes its text to the URL with a debounce, and follows changes of the URL. */
function SearchField() {
  const [value, setValue] = useQueryText('q', debounceMs)
  return (
    <TextField
      type="search"
      label="Search titles and tags"
      hideLabel
      placeholder="Search titles and tags"
      icon="search"
      maxLength={200}
      value={value}
      onValue={setValue}
    />
  )
}
