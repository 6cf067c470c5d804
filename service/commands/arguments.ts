import { parseArgs } from 'node:util'
import { messageOf } from '../errors/catalogue.ts'

/** An option of a command. */
export interface Option {
  readonly type: 'string' | 'boolean'
  readonly summary: string
  /** The placeholder for its value in the usage text. */
  readonly value?: string
  readonly required?: boolean
  /** Whether it may be given several times. */
  readonly multiple?: boolean
}

export type Options = Readonly<Record<string, Option>>

type Value<O extends Option> = O['type'] extends 'boolean' ? boolean : string
type Given<O extends Option> = O extends { multiple: true } ? readonly Value<O>[] : Value<O>

/** The values by option name; required options always have one. */
export type Values<O extends Options> = {
  readonly [N in keyof O as O[N] extends { required: true } ? N : never]: Given<O[N]>
} & { readonly [N in keyof O as O[N] extends { required: true } ? never : N]?: Given<O[N]> }

/** Parsed command-line arguments. */
export interface Input<O extends Options> {
  readonly values: Values<O>
  readonly operands: readonly string[]
}

/** The arguments do not fit the command. The message names the option, never its value. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** Parses the arguments after a command's name; undefined when they contain `--help`. @throws UsageError */
export function parseWords<O extends Options>(
  spec: { readonly operands?: readonly string[]; readonly options?: O },
  words: readonly string[],
): Input<O> | undefined {
  const { values, operands } = parse(spec.options ?? {}, words)
  if (values.help) return undefined
  const { operands: names = [] } = spec
  const missing = names[operands.length]
  if (missing !== undefined) throw new UsageError(`<${missing}> is required`)
  const surplus = names.at(-1)?.endsWith('...') ? undefined : operands[names.length]
  if (surplus !== undefined) throw new UsageError(`unexpected argument: ${surplus}`)
  for (const [name, option] of Object.entries(spec.options ?? {})) {
    if (option.required && values[name] === undefined) throw new UsageError(`--${name} is required`)
  }
  // node:util has checked every value against the type of its option, which TypeScript cannot infer from the table
  return { values: values as Values<O>, operands }
}

function parse(
  options: Options,
  words: readonly string[],
): { values: Record<string, unknown>; operands: string[] } {
  const help = { type: 'boolean', short: 'h' } as const
  try {
    const parsed = parseArgs({ args: [...words], options: { ...options, help }, allowPositionals: true })
    return { values: parsed.values, operands: parsed.positionals }
  } catch (error) {
    // only the first sentence is for users; the others explain node:util
    throw new UsageError(messageOf(error).split(/\.(?:\s|$)/)[0] ?? '')
  }
}
