import { UsageError } from './commands/arguments.ts'
import { type Command, findCommand, loadCommands } from './commands/command.ts'
import { formatError } from './commands/format-error.ts'
import { usage, usageOf } from './commands/usage.ts'

/** One process: finds the command in the arguments and runs it. */
async function main(words: readonly string[]): Promise<void> {
  const found = await findCommand(words)
  if (found) return found.command.run(found.rest, process.env).catch(error => fail(error, found.command))
  const commands = await loadCommands()
  if (words.length === 0 || words.includes('--help') || words.includes('-h')) {
    process.stdout.write(usage(commands))
    return
  }
  process.stderr.write(`darkroom: unknown command: ${words[0]}\n\n${usage(commands)}`)
  process.exitCode = 1
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
