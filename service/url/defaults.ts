import type { OptionSpec, OptionSpecs, OptionValue } from './option.ts'

type Options = Readonly<Record<string, OptionValue>>

/** Keeps the options that differ from their default, in schema order, so that equal transforms have equal options. */
export function dropDefaults(given: ReadonlyMap<string, OptionValue>, specs: OptionSpecs): Options {
  const entries = Object.entries(specs)
  const present = new Set<string>()
  for (const [name, spec] of entries) {
    // An option that spells out its plain default counts as absent, also for the conditional defaults of other options.
    if (given.has(name) && given.get(name) !== plainDefault(spec)) present.add(name)
  }
  const kept: Record<string, OptionValue> = {}
  for (const [name, spec] of entries) {
    const value = given.get(name)
    if (value !== undefined && value !== defaultOf(spec, present)) kept[name] = value
  }
  return kept
}

/** Fills in every default, in schema order; an option without a default stays absent. */
export function fillDefaults(options: Options, specs: OptionSpecs): Options {
  const present = new Set(Object.keys(options))
  const filled: Record<string, OptionValue> = {}
  for (const [name, spec] of Object.entries(specs)) {
    const value = Object.hasOwn(options, name) ? options[name] : defaultOf(spec, present)
    if (value !== undefined) filled[name] = value
  }
  return filled
}

function defaultOf(spec: OptionSpec, present: ReadonlySet<string>): OptionValue | undefined {
  const conditional = spec.kind === 'choice' ? spec.defaultIf : undefined
  return conditional?.given.every(name => present.has(name)) ? conditional.value : plainDefault(spec)
}

function plainDefault(spec: OptionSpec): OptionValue | undefined {
  return spec.kind === 'image' ? undefined : spec.default
}
