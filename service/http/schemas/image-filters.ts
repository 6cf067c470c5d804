import Type from 'typebox'
import { type ImageFilters as Filters, imageSorts } from '../../metadata/image-list.ts'
import { sourceFormats } from '../../plan/source-formats.ts'
import { parseMetadataFilter } from '../description.ts'
import { noNul } from './text.ts'

/** A path of tags such as `shop/2026`, without an empty part. */
export const FolderPath = (description: string) =>
  Type.String({ maxLength: 64, pattern: '^[^/\\u0000-\\u001f]+(/[^/\\u0000-\\u001f]+)*$', description })

/** The parameters that choose and order images, for every route that takes a list of the library as its context. */
export const ImageFilters = {
  q: Type.Optional(
    Type.String({
      maxLength: 200,
      pattern: '^[^\\u0000-\\u001f]*$',
      description:
        'search text, part of a title, file name, tag, alt text or value of the metadata; case-insensitive. A text without three letters or digits in a row is searched in the newest 2,000 images only',
    }),
  ),
  tag: Type.Optional(
    Type.String({ maxLength: 64, pattern: noNul, description: 'only images with this tag' }),
  ),
  folder: Type.Optional(
    FolderPath('only images with this tag or a tag below it: shop/2026 includes shop/2026/spring'),
  ),
  format: Type.Optional(Type.Enum(sourceFormats, { description: 'only originals of this format' })),
  metadata: Type.Optional(
    Type.String({
      maxLength: 1_065,
      pattern: '^[a-z][a-z0-9_-]{0,63}:[^\\u0000-\\u001f]*$',
      description: 'only images whose custom metadata has this value, as name:value',
    }),
  ),
  sort: Type.Optional(
    Type.Enum(imageSorts, {
      description:
        'sort order; a leading - means descending. title takes the file name of an image without a title, and ignores case and accents',
    }),
  ),
}

/** The parameters that choose other images than all that are available. */
export const ImageSelection = {
  ids: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9]{6,32}(,[a-z0-9]{6,32}){0,99}$',
      description: 'only these ids, separated by commas, at most 100; unknown ids are ignored',
    }),
  ),
  deleted: Type.Optional(
    Type.Boolean({ description: 'deleted images that can be restored, instead of available images' }),
  ),
}

/** The filters in a query string. */
export function parseImageFilters<Query extends { readonly metadata?: string }>({
  metadata,
  ...query
}: Query): Omit<Query, 'metadata'> & Pick<Filters, 'metadata'> {
  return { ...query, metadata: metadata === undefined ? undefined : parseMetadataFilter(metadata) }
}
