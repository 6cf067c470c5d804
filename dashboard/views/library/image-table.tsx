import './image-table.css'
import { type Column, Table } from '../../components/table.tsx'
import { bytesText, dayText, sizeText } from '../../format.ts'
import { FrameImage, type FrameProps, SelectBox } from './frame.tsx'
import { imagePath } from './place.ts'

/** How many tags a row shows. */
const maxTags = 3

const nameOf = ({ title, id }: FrameProps['image']) => title || id

const columns: readonly Column<FrameProps>[] = [
  {
    title: 'Selected',
    hideTitle: true,
    cell: ({ image, selected, onSelect }) => (
      <SelectBox name={nameOf(image)} selected={selected} kind="in-table" onSelect={onSelect} />
    ),
  },
  {
    title: 'Preview',
    hideTitle: true,
    cell: ({ image, thumbnail }) => (
      <span class="row-thumbnail">
        <FrameImage thumbnail={thumbnail} thumbhash={image.thumbhash} />
      </span>
    ),
  },
  { title: 'Title', cell: ({ image }) => <Title image={image} /> },
  { title: 'Tags', cell: ({ image }) => <Tags tags={image.tags} /> },
  { title: 'Dimensions', kind: 'number', cell: ({ image }) => sizeText(image.width, image.height) },
  { title: 'Format', cell: ({ image }) => image.format.toUpperCase() },
  { title: 'Size', kind: 'number', cell: ({ image }) => bytesText(image.bytes) },
  { title: 'Uploaded', kind: 'number', cell: ({ image }) => dayText(image.createdAt) },
]

/** The images as a table. */
export function ImageTable({ rows }: { rows: readonly FrameProps[] }) {
  return (
    <div class="image-table">
      <Table caption="Images" columns={columns} rows={rows} keyOf={({ image }) => image.id} />
    </div>
  )
}

function Title({ image }: Pick<FrameProps, 'image'>) {
  const { id, width, height, format, bytes } = image
  return (
    <>
      <a class="row-title" href={imagePath(id)} title={nameOf(image)}>
        {nameOf(image)}
      </a>
      <span class="row-facts">
        {sizeText(width, height)} · {format.toUpperCase()} · {bytesText(bytes)}
      </span>
    </>
  )
}

function Tags({ tags }: { tags: readonly string[] }) {
  const rest = tags.length - maxTags
  return (
    <span class="row-tags" title={tags.join(', ')}>
      {tags.slice(0, maxTags).join(', ')}
      {rest > 0 && ` +${rest}`}
    </span>
  )
}
