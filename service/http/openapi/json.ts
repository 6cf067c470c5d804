/** An object of JSON of which nothing more is known. */
export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null

export const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {})

export const asString = (value: unknown): string => (typeof value === 'string' ? value : '')

export const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
