/** A JSON object of unknown shape. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a JSON value is an object (or an array). */
export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null

/** The value if it is an object, otherwise an empty one. */
export const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {})

/** The value if it is a string, otherwise an empty one. */
export const asString = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The value if it is an array, otherwise an empty one. */
export const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
