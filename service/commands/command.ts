import { findModules, loadModule, loadModules } from '../modules/modules.ts'
import { type Input, type Options, parseWords } from './arguments.ts'
import { usageOf } from './usage.ts'

/** Variables of the process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What a command's file states about it. */
export interface CommandSpec<O extends Options> {
  /** One or two words, such as `user create`. */
  readonly name: string
  readonly summary: string
  /** Words that it needs besides options, such as `path`; the last may end in `...`: one or more. */
  readonly operands?: readonly string[]
  readonly options?: O
  /** Runs to its end; what it throws is told in one line, and the process ends with 1. */
  run(input: Input<O>, environment: Environment): Promise<void>
}

/** A command of the `darkroom` program. One file of `all/` each. */
export interface Command extends Omit<CommandSpec<Options>, 'run'> {
  /** @throws UsageError when the words are not what the command takes */
  run(words: readonly string[], environment: Environment): Promise<void>
}

/** Makes a command of what its file states. Each of them knows `--help`. */
export function command<const O extends Options>(spec: CommandSpec<O>): Command {
  return {
    ...spec,
    async run(words, environment) {
      const input = parseWords(spec, words)
      if (input === undefined) process.stdout.write(usageOf(spec))
      else await spec.run(input, environment)
    },
  }
}

const folder = new URL('./all/', import.meta.url)

/** All commands, for the usage text. Found by scanning `all/`: each file's default export is the command of its name. */
export async function loadCommands(): Promise<readonly Command[]> {
  return [...(await loadModules<Command>(folder)).values()]
}

/** The command that the words begin with, and the words behind its name; no other command's code is loaded. */
export async function findCommand(
  words: readonly string[],
): Promise<{ command: Command; rest: readonly string[] } | undefined> {
  const files = await findModules(folder)
  for (const length of [1, 2]) {
    const name = words.slice(0, length)
    const fileName = name.join('-')
    const file = files.get(fileName)
    if (file === undefined) continue
    const command = await loadModule<Command>(fileName, file)
    // `key-create` in one word would lead to the same file as `key create`
    if (command.name === name.join(' ')) return { command, rest: words.slice(length) }
  }
  return undefined
}
