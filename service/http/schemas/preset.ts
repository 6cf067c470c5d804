import Type from 'typebox'
import { namedProperties } from './named.ts'
import { pageOf } from './pagination.ts'

const Operations = Type.String({
  minLength: 1,
  maxLength: 2000,
  format: 'image-operations',
  description: 'operations as in a URL, such as resize_w-300_encode_q-70; a preset may contain presets',
})

/** The content of a preset that is written. */
export const PresetBodySchema = Type.Object(
  {
    operations: Operations,
    eager: Type.Boolean({
      default: false,
      description: 'render it for every uploaded image, before the first request',
    }),
  },
  { additionalProperties: false },
)

/** A preset in API responses. */
export const PresetSchema = Type.Object({
  ...namedProperties,
  operations: Type.String({ description: 'operations as in a URL' }),
  eager: Type.Boolean(),
})

export const PresetPageSchema = pageOf(PresetSchema)
