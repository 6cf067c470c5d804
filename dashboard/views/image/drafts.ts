import { effect } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { Image, ImageChanges } from '../../api-types.ts'
import { parseTags } from '../../format.ts'
import { user } from '../../session.ts'

/** A name and a value of the custom metadata, as typed. */
export interface MetadataRow {
  readonly id: number
  readonly name: string
  readonly value: string
}

/** The texts of an image as the form holds them. */
export interface Draft {
  readonly title: string
  readonly alt: string
  /** Whether the image needs no alt text. */
  readonly decorative: boolean
  readonly tags: string
  readonly metadata: readonly MetadataRow[]
}

/** Drafts that are not saved, by image: users who page on and come back find what they typed. */
const drafts = new Map<string, Draft>()

const warn = (event: BeforeUnloadEvent) => event.preventDefault()

/** Keeps or removes a draft. While there is one, the browser asks before it leaves the dashboard. */
function keep(id: string, draft: Draft | undefined): void {
  if (draft) drafts.set(id, draft)
  else drafts.delete(id)
  if (drafts.size > 0) addEventListener('beforeunload', warn)
  else removeEventListener('beforeunload', warn)
}

// the texts of one user must not be shown to the next
effect(() => {
  if (user.value === null) for (const id of drafts.keys()) keep(id, undefined)
})

/** Drops what was typed for an image, because it is deleted. */
export const forgetDraft = (id: string) => keep(id, undefined)

export const hasDraft = (id: string) => drafts.has(id)

let last = 0
export const newRow = (name = '', value = ''): MetadataRow => ({ id: ++last, name, value })

/** The draft of an image, a function that changes it, and one that drops it in favour of what was saved. */
export function useDraft(image: Image): [Draft, (changes: Partial<Draft>) => void, (saved: Image) => void] {
  const [draft, setDraft] = useState(() => drafts.get(image.id) ?? draftOf(image))
  const change = (changes: Partial<Draft>) => {
    const next = { ...draft, ...changes }
    setDraft(next)
    keep(image.id, isChanged(next, image) ? next : undefined)
  }
  const drop = (saved: Image) => {
    keep(saved.id, undefined)
    setDraft(draftOf(saved))
  }
  return [draft, change, drop]
}

function draftOf({ title, alt, tags, metadata }: Image): Draft {
  return {
    title,
    alt: alt ?? '',
    decorative: alt === '',
    tags: tags.join(', '),
    metadata: Object.entries(metadata).map(([name, value]) => newRow(name, value)),
  }
}

export const isChanged = (draft: Draft, image: Image) => Object.keys(changesOf(draft, image)).length > 0

/** The fields of a draft that differ from the image, as the API takes them. Of the metadata, the names that differ. */
export function changesOf(draft: Draft, image: Image): ImageChanges {
  const alt = draft.decorative ? '' : draft.alt.trim() || null
  const tags = parseTags(draft.tags)
  const metadata = metadataChanges(draft.metadata, image.metadata)
  return {
    ...(draft.title !== image.title && { title: draft.title }),
    ...(alt !== image.alt && { alt }),
    ...(tags.join() !== image.tags.join() && { tags }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  }
}

function metadataChanges(
  rows: readonly MetadataRow[],
  stored: Image['metadata'],
): Record<string, string | null> {
  const typed = new Map(rows.filter(({ name, value }) => name !== '' || value !== '').map(entryOf))
  const removed = Object.keys(stored).filter(name => !typed.has(name))
  const changed = [...typed].filter(([name, value]) => !Object.hasOwn(stored, name) || stored[name] !== value)
  return Object.fromEntries([...removed.map(name => [name, null] as const), ...changed])
}

const entryOf = ({ name, value }: MetadataRow) => [name.trim(), value] as const

/** Why the metadata cannot be sent; undefined when the service can judge it. */
export function metadataError(rows: readonly MetadataRow[]): string | undefined {
  const names = rows.map(({ name }) => name.trim())
  const twice = names.find((name, at) => name !== '' && names.indexOf(name) !== at)
  if (twice !== undefined) return `Metadata: the name ${twice} is there twice.`
  const nameless = rows.find(({ name, value }) => name.trim() === '' && value !== '')
  return nameless && `Metadata: the value ${nameless.value.slice(0, 40)} has no name.`
}
