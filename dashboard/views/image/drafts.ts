import { effect } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
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

/** A draft, and the image as it was when the draft began: only what differs from it was typed. */
interface Edit {
  readonly base: Image
  readonly draft: Draft
}

/** Drafts that are not saved, by image: users who page on and come back find what they typed. */
const drafts = new Map<string, Edit>()

const warn = (event: BeforeUnloadEvent) => event.preventDefault()

/** Keeps or removes a draft. While there is one, the browser asks before it leaves the dashboard. */
function keep(id: string, edit: Edit | undefined): void {
  if (edit) drafts.set(id, edit)
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

/** The draft of an image, and what may be done with it. */
export interface DraftHandle {
  readonly draft: Draft
  /** What was typed, as the API takes it; undefined when nothing was. */
  readonly changes: ImageChanges | undefined
  change(fields: Partial<Draft>): void
  discard(): void
  /** Takes over what was saved of the draft `sent`. What was typed since then stays. */
  takeOver(saved: Image, sent: Draft): void
}

/** A form in which nothing was typed follows the image, which may be changed elsewhere. */
export function useDraft(image: Image): DraftHandle {
  const [edit, setEdit] = useState(() => drafts.get(image.id) ?? editOf(image))
  const latest = useRef(edit)
  const set = (next: Edit) => {
    latest.current = next
    setEdit(next)
    keep(next.base.id, isChanged(next) ? next : undefined)
  }
  useEffect(() => {
    const { current } = latest
    if (current.base !== image && !isChanged(current)) set(editOf(image))
  }, [image])
  return {
    draft: edit.draft,
    changes: isChanged(edit) ? changesOf(edit) : undefined,
    change: fields => set({ ...latest.current, draft: { ...latest.current.draft, ...fields } }),
    discard: () => set(editOf(image)),
    takeOver(saved, sent) {
      const { draft } = latest.current
      const fields = (Object.keys(draft) as (keyof Draft)[]).filter(field => draft[field] !== sent[field])
      const typedSince = Object.fromEntries(fields.map(field => [field, draft[field]]))
      set({ base: saved, draft: { ...draftOf(saved), ...typedSince } })
    },
  }
}

const editOf = (image: Image): Edit => ({ base: image, draft: draftOf(image) })

function draftOf({ title, alt, tags, metadata }: Image): Draft {
  return {
    title,
    alt: alt ?? '',
    decorative: alt === '',
    tags: tags.join(', '),
    metadata: Object.entries(metadata).map(([name, value]) => newRow(name, value)),
  }
}

const isChanged = (edit: Edit) => Object.keys(changesOf(edit)).length > 0

/** The fields of a draft that differ from its image, as the API takes them. Of the metadata, the names that differ. */
function changesOf({ draft, base }: Edit): ImageChanges {
  const alt = draft.decorative ? '' : onOneLine(draft.alt) || null
  const tags = parseTags(draft.tags)
  const metadata = metadataChanges(draft.metadata, base.metadata)
  return {
    ...(draft.title !== base.title && { title: draft.title }),
    ...(alt !== base.alt && { alt }),
    ...(tags.join() !== base.tags.join() && { tags }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  }
}

/** The service refuses line breaks and tabs in an alt text. */
const onOneLine = (text: string) => text.replaceAll(/\s*[\n\r\t]\s*/g, ' ').trim()

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
