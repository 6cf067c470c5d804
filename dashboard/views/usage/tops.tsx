import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Image, UsageName } from '../../api-types.ts'
import { Bar } from '../../components/bar.tsx'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { bytesText, numberText } from '../../format.ts'
import { type Thumbnail, thumbnailsOf } from '../../thumbnails.ts'
import { useExpanded } from './use-expanded.ts'
import type { UsageData } from './use-usage.ts'

/** How many rows are shown before the user expands the table. */
const fewRows = 8

/** The most requested images and transforms, and the most frequent errors. */
export function Tops({ images, transforms, codes, known }: Omit<UsageData, 'days' | 'range'>) {
  const thumbnails = useThumbnails(known)
  const imageCell = ({ name }: UsageName) => (
    <ImageCell id={name} image={known.get(name)} thumbnail={thumbnails.get(name)} />
  )
  const code = ({ name }: UsageName) => <code>{name}</code>
  return (
    <div class="tops">
      <Top name="images" title="Images" what="Image" rows={images} show={imageCell} />
      <Top name="transforms" title="Transforms" what="Transform" rows={transforms} show={code} />
      <Top name="errors" title="Errors" what="Code" rows={codes} show={code} hasBytes={false} />
    </div>
  )
}

interface TopProps {
  /** The name in the URL. */
  readonly name: string
  readonly title: string
  /** The title of the first column. */
  readonly what: string
  readonly rows: readonly UsageName[]
  readonly show: (row: UsageName) => ComponentChildren
  readonly hasBytes?: boolean
}

function Top({ name, title, what, rows, show, hasBytes = true }: TopProps) {
  const [all, toggle] = useExpanded(name)
  const most = Math.max(1, ...rows.map(({ requests }) => requests))
  const columns: Column<UsageName>[] = [
    { title: what, kind: 'text', cell: show },
    {
      title: 'Requests',
      cell: ({ requests }) => <Bar share={requests / most} text={numberText(requests)} />,
    },
    ...(hasBytes ? [{ title: 'Sent', kind: 'number' as const, cell: sent }] : []),
  ]
  return (
    <section class={`usage-panel top-${name}`}>
      <div class="usage-head">
        <h2>{title}</h2>
        {rows.length > fewRows && (
          <Button size="small" kind="quiet" aria-expanded={all} onClick={toggle}>
            {all ? `Show first ` : `Show all `}
          </Button>
        )}
      </div>
      {rows.length === 0 ? (
        <p class="hint">None.</p>
      ) : (
        <Table
          caption={title}
          columns={columns}
          rows={all ? rows : rows.slice(0, fewRows)}
          keyOf={({ name }) => name}
        />
      )}
    </section>
  )
}

const sent = ({ bytes }: UsageName) => bytesText(bytes)

interface ImageCellProps {
  readonly id: string
  /** Undefined when the image was deleted. */
  readonly image: Image | undefined
  readonly thumbnail: Thumbnail | null | undefined
}

function ImageCell({ id, image, thumbnail }: ImageCellProps) {
  const small = thumbnail ? (
    <img src={thumbnail.src} alt="" loading="lazy" />
  ) : (
    <Icon name="image" size={18} />
  )
  if (image === undefined) {
    return (
      <span class="top-picture gone">
        <span class="top-thumbnail">{small}</span>
        <span>
          <code>{id}</code>, deleted
        </span>
      </span>
    )
  }
  return (
    <a class="top-picture" href={`/images/${id}`}>
      <span class="top-thumbnail">{small}</span>
      <span>{image.title || id}</span>
    </a>
  )
}

function useThumbnails(known: UsageData['known']): ReadonlyMap<string, Thumbnail | null> {
  const [thumbnails, setThumbnails] = useState<ReadonlyMap<string, Thumbnail | null>>(new Map())
  useEffect(() => {
    let cancelled = false
    thumbnailsOf([...known.values()]).then(found => cancelled || setThumbnails(found))
    return () => {
      cancelled = true
    }
  }, [known])
  return thumbnails
}
