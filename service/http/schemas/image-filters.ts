import Type from 'typebox'
import { type ImageFilters as Filters, imageSorts } from '../../metadata/image-list.ts'
import { sourceFormats } from '../../plan/source-formats.ts'
import { parseMetadataFilter } from '../description.ts'

/** The parameters that choose and order images, for every route that takes a list of the library as its context. */
export const ImageFilters = {
  q: Type.Optional(
    Type.String({
      maxLength: 200,
      pattern: '^[^\\u0000-\\u001f]*$',
      description:
        'search text, part of a title, file name, tag, alt text or value of the metadata; case-insensitive',
    }),
  ),
  tag: Type.Optional(Type.String({ maxLength: 64, description: 'only images with this tag' })),
  format: Type.Optional(Type.Enum(sourceFormats, { description: 'only originals of this format' })),
  metadata: Type.Optional(
    Type.String({
      maxLength: 1_065,
      pattern: '^[a-z][a-z0-9_-]{0,63}:[^\\u0000-\\u001f]*$',
      description: 'only images whose custom metadata has this value, as name:value',
    }),
  ),
  sort: Type.Optional(Type.Enum(imageSorts, { description: 'sort order; a leading - means descending' })),
}

/** The filters in a query string. */
export function parseImageFilters<Query extends { readonly metadata?: string }>({
  metadata,
  ...query
}: Query): Omit<Query, 'metadata'> & Pick<Filters, 'metadata'> {
  return { ...query, metadata: metadata === undefined ? undefined : parseMetadataFilter(metadata) }
}
