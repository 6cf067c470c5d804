import { findModules, loadModule, loadModules } from '../modules/modules.ts'
import { type Input, type Options, parseWords } from './arguments.ts'
import { usageOf } from './usage.ts'

/** The environment variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The declaration of a command, in its file. */
export interface CommandSpec<O extends Options> {
  /** One or two words, such as `user create`. */
  readonly name: string
  readonly summary: string
  /** Names of required arguments, such as `path`; the last may end in `...` for one or more. */
  readonly operands?: readonly string[]
  readonly options?: O
  /** Runs the command. An error is printed on one line and the process exits with 1. */
  run(input: Input<O>, environment: Environment): Promise<void>
}

/** A command of the `darkroom` program; each is one file of `all/`. */
export interface Command extends Omit<CommandSpec<Options>, 'run'> {
  /** @throws UsageError when the arguments do not fit the command */
  run(words: readonly string[], environment: Environment): Promise<void>
}

/** Turns a declaration into a command that parses its arguments and answers `--help`. */
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

/** Loads all commands by scanning `all/`: each file's default export is the command that the file is named after. */
export async function loadCommands(): Promise<readonly Command[]> {
  return [...(await loadModules<Command>(folder)).values()]
}

/** Finds the command that the arguments start with, and the arguments that remain. Loads no other command. */
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
    // the argument `key-create` would find the same file as `key create`
    if (command.name === name.join(' ')) return { command, rest: words.slice(length) }
  }
  return undefined
}
