import type { OptionSpec, OptionSpecs } from '../url/option.ts'

/** The parts of an operation that the client needs. */
export interface DescribedOperation {
  readonly name: string
  readonly summary: string
  readonly options: OptionSpecs
}

const head = `// Generated from the operations by npm run generate, and checked by a test. Do not edit.
import type { OperationTable, OptionSpecs } from '../url/option.ts'
`

/** Generates the source text of the client's operations: their types, and their options as data for the printer. */
export function generateClientTable(operations: Iterable<DescribedOperation>): string {
  const all = [...operations]
  return [head, ...all.map(optionsType), stepType(all), table(all)].join('\n')
}

function optionsType({ name, summary, options }: DescribedOperation): string {
  const properties = Object.entries(options).map(
    ([option, spec]) => `  ${comment(spec.summary)}\n  ${option}?: ${typeOf(spec)}\n`,
  )
  return `${comment(summary)}\nexport type ${typeName(name)} = {\n${properties.join('')}}\n`
}

function stepType(operations: readonly DescribedOperation[]): string {
  const members = operations.map(({ name }) => `\n  | ({ op: ${literal(name)} } & ${typeName(name)})`)
  return `/** One operation of a URL, discriminated by \`op\`. */\nexport type OperationStep =${members.join('') || ' never'}\n`
}

function table(operations: readonly DescribedOperation[]): string {
  const entries = operations.map(
    ({ name, options }) => `  [${literal(name)}, ${JSON.stringify({ options })}],\n`,
  )
  return `/** The options of each operation, by which the URL grammar checks and prints values. */\nexport const operationTable: OperationTable = new Map<string, { readonly options: OptionSpecs }>([\n${entries.join('')}])\n`
}

function typeOf(spec: OptionSpec): string {
  switch (spec.kind) {
    case 'number':
      return ['number', ...(spec.words ?? []).map(literal)].join(' | ')
    case 'choice':
      return spec.values.map(literal).join(' | ')
    case 'flag':
      return 'boolean'
    case 'ratio':
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template literal type
      return '`${number}:${number}`'
    case 'color':
    case 'text':
    case 'image':
      return 'string'
  }
}

function typeName(operation: string): string {
  return `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Options`
}

function literal(text: string): string {
  return JSON.stringify(text)
}

function comment(summary: string): string {
  return `/** ${summary.replaceAll('*/', '*\\/')} */`
}
