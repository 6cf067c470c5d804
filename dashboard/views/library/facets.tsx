import './facets.css'
import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import { api, type ImageQuery } from '../../api.ts'
import type { Folder, TagCount } from '../../api-types.ts'
import { Icon, type IconName } from '../../components/icon.tsx'
import { numberText } from '../../format.ts'
import { useLoaded } from '../../use-loaded.ts'
import { AllTags } from './all-tags.tsx'
import { hrefWith } from './filters.ts'

/** How many tags, and how many folders, a row shows. */
const [maxTags, maxFolders] = [12, 24]
/** How many tags are loaded for the row: those of folders are left out. */
const loadedTags = 40

/** Counts up when tags or images may have changed, so that the counts are loaded again. */
const version = signal(0)
export function refreshFacets(): void {
  version.value = version.peek() + 1
}

/** The tags of the listed images with their counts, as links that filter by one. */
export function TagFacets({ filters }: { filters: ImageQuery }) {
  const [open, setOpen] = useState(false)
  const { tag = '', sort: _, ...others } = filters
  const [loaded] = useLoaded(
    signal => api.tags({ ...others, limit: loadedTags }, signal),
    [JSON.stringify(others), version.value],
  )
  const page = useLast(loaded.state === 'loaded' ? loaded.value : undefined)
  const items = page?.items ?? []
  if (items.length === 0 && tag === '') return null
  // the row of folders has those with slashes; there is none for deleted images
  const shown = items.filter(item => others.deleted || !item.tag.includes('/')).slice(0, maxTags)
  const isShown = tag === '' || shown.some(item => item.tag === tag)
  return (
    <nav class="facets" aria-label="Tags">
      {!isShown && <Chip icon="tag" label={tag} to={hrefWith('tag', '')} current />}
      {shown.map(({ tag: name, images }: TagCount) => (
        <Chip
          key={name}
          label={name}
          count={images}
          current={name === tag}
          to={hrefWith('tag', name === tag ? '' : name)}
        />
      ))}
      {(page?.nextCursor != null || shown.length < items.length) && (
        <button type="button" class="chip" aria-haspopup="dialog" onClick={() => setOpen(true)}>
          All tags
        </button>
      )}
      {open && <AllTags filters={others} onClose={() => setOpen(false)} />}
    </nav>
  )
}

/** The folders above the current one, and those directly below it. Folders are tags with slashes. */
export function FolderFacets({ folder }: { folder: string }) {
  const [loaded] = useLoaded(
    signal => api.folders({ parent: folder, limit: maxFolders }, signal),
    [folder, version.value],
  )
  const items = useLast(loaded.state === 'loaded' ? loaded.value.items : undefined) ?? []
  if (items.length === 0 && folder === '') return null
  const parts = folder === '' ? [] : folder.split('/')
  return (
    <nav class="facets" aria-label="Folders">
      {parts.length > 0 && <Chip icon="folder" label="All images" to={hrefWith('folder', '')} />}
      {parts.map((name, index) => {
        const path = parts.slice(0, index + 1).join('/')
        return (
          <Chip
            key={path}
            icon="folder"
            label={name}
            to={hrefWith('folder', path)}
            current={path === folder}
          />
        )
      })}
      {parts.length > 0 && items.length > 0 && <span class="facets-divider" />}
      {items.map(({ path, name, images }: Folder) => (
        <Chip key={path} icon="folder" label={name} count={images} to={hrefWith('folder', path)} />
      ))}
    </nav>
  )
}

/** The filter by custom metadata, which links of images set. */
export function MetadataFilter({ value }: { value: string }) {
  if (value === '') return null
  return (
    <nav class="facets" aria-label="Metadata">
      <Chip icon="close" label={value.replace(':', ': ')} to={hrefWith('metadata', '')} current />
    </nav>
  )
}

/** The last value that was not undefined, so that the rows do not jump while others are loaded. */
function useLast<T>(value: T | undefined): T | undefined {
  const [last, setLast] = useState(value)
  if (value !== undefined && value !== last) setLast(value)
  return value ?? last
}

interface ChipProps {
  readonly label: string
  readonly to: string
  readonly count?: number
  readonly icon?: IconName
  readonly current?: boolean
}

function Chip({ label, to, count, icon, current = false }: ChipProps) {
  return (
    <a class="chip" href={to} aria-current={current ? 'true' : undefined} title={label}>
      {icon && <Icon name={icon} size={16} />}
      <span class="chip-label">{label}</span>
      {count !== undefined && <span class="chip-count">{numberText(count)}</span>}
    </a>
  )
}
