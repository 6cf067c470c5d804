/**
 * Rules between the options of an operation, as keywords of JSON Schema. `stages` checks them, with clearer errors; the
 * OpenAPI document states them.
 */
export type OptionRules = Readonly<Record<string, unknown>>

/** At least one of these options must be given. */
export const oneRequired = (...names: readonly string[]): OptionRules =>
  names.length === 1 ? { required: names } : { anyOf: names.map(name => ({ required: [name] })) }

/** At least one of these options must be absent. */
export const notTogether = (...names: readonly string[]): OptionRules => ({
  anyOf: names.map(name => ({ properties: { [name]: false } })),
})

/** Only opaque colours can be given for this option. */
export const opaqueColor = (name: string): OptionRules => ({
  properties: { [name]: { pattern: '^([0-9a-fA-F]{3}|[0-9a-fA-F]{6}([fF]{2})?)$' } },
})
