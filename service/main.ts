import { commandOf, loadCommands, usage } from './commands/command.ts'
import { ConfigError } from './config.ts'
import { DarkroomError, messageOf } from './errors/catalogue.ts'

/** One process: finds the command in the arguments, runs it, and says in one line what went wrong. */
async function main(words: readonly string[]): Promise<void> {
  const commands = await loadCommands()
  const found = commandOf(commands, words)
  if (found === undefined) {
    const asked = words.length === 0 || words.includes('--help') || words.includes('-h')
    process[asked ? 'stdout' : 'stderr'].write(usage(commands))
    process.exitCode = asked ? 0 : 1
    return
  }
  await found.command.run(found.rest, process.env)
}

main(process.argv.slice(2)).catch(error => {
  const expected = error instanceof ConfigError || error instanceof DarkroomError
  process.stderr.write(
    `darkroom: ${expected || process.env.LOG_LEVEL !== 'debug' ? messageOf(error) : error.stack}\n`,
  )
  process.exit(1)
})
