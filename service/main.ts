import { readFile } from 'node:fs/promises'
import { UsageError } from './commands/arguments.ts'
import { type Command, findCommand, loadCommands } from './commands/command.ts'
import { formatError } from './commands/format-error.ts'
import { printLine } from './commands/print.ts'
import { usage, usageOf } from './commands/usage.ts'

/** One process: finds the command in the arguments and runs it. */
async function main(words: readonly string[]): Promise<void> {
  if (words[0] === '--version') return printLine(await readVersion())
  const isHelp = words.length === 0 || words[0] === 'help'
  const found = await findCommand(isHelp ? words.slice(1) : words)
  if (found && isHelp) process.stdout.write(usageOf(found.command))
  else if (found) await found.command.run(found.rest, process.env).catch(error => fail(error, found.command))
  else await explain(isHelp ? words.slice(1) : words, isHelp)
}

/** Prints the usage of all commands, or of those that begin with the first word. A word that begins none is an error. */
async function explain(words: readonly string[], isHelp: boolean): Promise<void> {
  const commands = await loadCommands()
  const [first = ''] = words
  const group = commands.filter(({ name }) => name.startsWith(`${first} `))
  const text = usage(group.length > 0 ? group : commands)
  const isKnown = group.length > 0 || words.length === 0
  if ((isHelp && isKnown) || words.includes('--help') || words.includes('-h')) {
    process.stdout.write(text)
    return
  }
  const name = words.slice(0, group.length > 0 ? 2 : 1).join(' ')
  process.stderr.write(`darkroom: unknown command: ${name}\n\n${text}`)
  process.exitCode = 1
}

/** The version of the package that this file is part of. */
async function readVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  return String(version)
}

/** Prints the error on one line, and the command's usage when its arguments were wrong, then exits with 1. */
function fail(error: unknown, command?: Command): never {
  const name = command ? `darkroom ${command.name}` : 'darkroom'
  process.stderr.write(`${name}: ${formatError(error)}\n`)
  if (error instanceof UsageError && command) process.stderr.write(`\n${usageOf(command)}`)
  else if (process.env.LOG_LEVEL === 'debug' && error instanceof Error)
    process.stderr.write(`${error.stack}\n`)
  process.exit(1)
}

main(process.argv.slice(2)).catch(error => fail(error))
