import type { Option, Options } from './arguments.ts'

interface Usable {
  readonly name: string
  readonly summary: string
  readonly operands?: readonly string[]
  readonly options?: Options
}

/** The usage text of several commands. */
export function usage(commands: readonly Usable[]): string {
  const rows = commands.map(command => [`darkroom ${command.name}${operandsOf(command)}`, command.summary])
  return `Usage:\n${table(rows)}\n  darkroom help <command> shows the options of a command, darkroom --version the version.\n`
}

/** The usage text of one command. */
export function usageOf(command: Usable): string {
  const options = Object.entries(command.options ?? {})
  const words = options.map(([name, option]) => {
    const word = `${call(name, option)}${option.multiple ? '...' : ''}`
    return option.required ? ` ${word}` : ` [${word}]`
  })
  const rows = options.map(([name, option]) => [call(name, option), option.summary])
  const head = `Usage: darkroom ${command.name}${operandsOf(command)}${words.join('')}\n`
  return `${head}\n  ${command.summary}\n${rows.length > 0 ? `\n${table(rows)}` : ''}`
}

const operandsOf = ({ operands = [] }: Usable) => operands.map(name => ` <${name}>`).join('')

const call = (name: string, { type, value }: Option) =>
  type === 'boolean' ? `--${name}` : `--${name} <${value ?? 'text'}>`

function table(rows: readonly string[][]): string {
  const width = Math.max(...rows.map(([left = '']) => left.length)) + 3
  return rows.map(([left = '', right]) => `  ${left.padEnd(width)}${right}\n`).join('')
}
