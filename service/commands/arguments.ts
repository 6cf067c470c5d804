import { parseArgs } from 'node:util'
import { messageOf } from '../errors/catalogue.ts'

/** An option of a command. */
export interface Option {
  readonly type: 'string' | 'boolean'
  readonly summary: string
  /** What the usage calls its value. */
  readonly value?: string
  readonly required?: boolean
  /** May be given several times. */
  readonly multiple?: boolean
}

export type Options = Readonly<Record<string, Option>>

type Value<O extends Option> = O['type'] extends 'boolean' ? boolean : string
type Given<O extends Option> = O extends { multiple: true } ? readonly Value<O>[] : Value<O>

/** What was given of each option; those that are required always are. */
export type Values<O extends Options> = {
  readonly [N in keyof O as O[N] extends { required: true } ? N : never]: Given<O[N]>
} & { readonly [N in keyof O as O[N] extends { required: true } ? never : N]?: Given<O[N]> }

/** A command's words, taken apart. */
export interface Input<O extends Options> {
  readonly values: Values<O>
  readonly operands: readonly string[]
}

/** The words of a call are not what the command takes. Its message names the word, never a value. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** Takes the words behind a command's name apart; undefined when they ask for help. @throws UsageError */
export function parseWords<O extends Options>(
  spec: { readonly operands?: readonly string[]; readonly options?: O },
  words: readonly string[],
): Input<O> | undefined {
  const { values, operands } = parse(spec.options ?? {}, words)
  if (values.help) return undefined
  const { operands: names = [] } = spec
  const missing = names[operands.length]
  if (missing !== undefined) throw new UsageError(`<${missing}> is missing`)
  const surplus = names.at(-1)?.endsWith('...') ? undefined : operands[names.length]
  if (surplus !== undefined) throw new UsageError(`there is a word too much: ${surplus}`)
  for (const [name, option] of Object.entries(spec.options ?? {})) {
    if (option.required && values[name] === undefined) throw new UsageError(`--${name} is missing`)
  }
  // node:util checked every value by the type that its option states; TypeScript cannot follow it through a table
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
    // the sentences behind the first explain node:util
    throw new UsageError(messageOf(error).split(/\.(?:\s|$)/)[0] ?? '')
  }
}
