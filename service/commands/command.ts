import { readdir } from 'node:fs/promises'

/** Variables of the process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A command of the `darkroom` program. One file of `all/` each. */
export interface Command {
  /** One or two words, such as `user create`. */
  readonly name: string
  /** Arguments as the usage text shows them. */
  readonly arguments: string
  readonly summary: string
  /** Runs to its end; what it throws is told in one line, and the process ends with 1. */
  run(words: readonly string[], environment: Environment): Promise<void>
}

const folder = new URL('./all/', import.meta.url)

/** Finds the commands by scanning `all/`: each file's default export is one. */
export async function loadCommands(): Promise<readonly Command[]> {
  const files = (await readdir(folder))
    .filter(name => name.endsWith('.js') && !name.includes('.test.'))
    .sort()
  return Promise.all(
    files.map(async file => {
      const { default: command }: { default: Command } = await import(new URL(file, folder).href)
      return command
    }),
  )
}

/** The command that the words begin with, and the words behind its name. */
export function commandOf(
  commands: readonly Command[],
  words: readonly string[],
): { command: Command; rest: readonly string[] } | undefined {
  for (const command of commands) {
    const name = command.name.split(' ')
    if (name.every((word, index) => words[index] === word)) return { command, rest: words.slice(name.length) }
  }
  return undefined
}

/** What the program can do, for a terminal. */
export function usage(commands: readonly Command[]): string {
  const lines = commands.map(command => [
    `  darkroom ${command.name} ${command.arguments}`.trimEnd(),
    command.summary,
  ])
  const width = Math.max(...lines.map(([call = '']) => call.length)) + 3
  return `Usage:\n${lines.map(([call = '', summary]) => `${call.padEnd(width)}${summary}\n`).join('')}`
}
