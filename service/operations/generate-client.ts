import type { OptionSpec, OptionSpecs } from '../url/option.ts'

/** The parts of an operation that the client needs. */
export interface DescribedOperation {
  readonly name: string
  readonly summary: string
  readonly options: OptionSpecs
}

const notice = '// Generated from the operations by npm run generate, and checked by a test. Do not edit.\n'
const head = `${notice}import type { OperationTable, OptionSpecs } from '../url/option.ts'
`

/** Generates the source text of the client's operations: their types, and their options as data for the checks. */
export function generateClientTable(operations: Iterable<DescribedOperation>): string {
  const all = [...operations]
  return [head, ...all.map(optionsType), stepType(all), table(all)].join('\n')
}

/**
 * Generates the source text of the data that browsers need to build URLs: no ranges, words or summaries, because a page
 * downloads it. The pixel options are a constant of their own, so that a bundler can leave them out.
 */
export function generateClientSpelling(operations: Iterable<DescribedOperation>): string {
  const all = [...operations]
  const spelled = all.map(({ name, options }) => {
    const words = Object.entries(options).map(([option, spec]) => option + spellingOf(spec))
    return `  ${name}: ${literal(words.join(' '))},\n`
  })
  const scaled = all.flatMap(({ name, options }) => {
    const words = Object.entries(options).flatMap(([option, spec]) => pixelsOf(option, spec))
    return words.length > 0 ? [`  ${name}: ${literal(words.join(' '))},\n`] : []
  })
  return [
    notice,
    `/** The options of each operation in canonical order: name, mark of the kind, default. See spelling.ts. */\n`,
    `export const spellings: Readonly<Record<string, string>> = {\n${spelled.join('')}}\n\n`,
    `/** The options that count pixels: name, mark of the unit, minimum, maximum, default. See scale.ts. */\n`,
    `export const pixelOptions: Readonly<Record<string, string>> = {\n${scaled.join('')}}\n`,
  ].join('')
}

/** The mark of each kind of option. A kind that is printed as it is has `=`. */
const marks: Readonly<Record<OptionSpec['kind'], string>> = {
  number: '#',
  flag: '?',
  text: '~',
  color: '*',
  ratio: '%',
  choice: '=',
  image: '=',
}

/** Such as `w#`, or `fit=inside|cover|w|h` for a default that is `cover` when `w` and `h` are given. */
function spellingOf(spec: OptionSpec): string {
  const plain = 'default' in spec && spec.default !== undefined ? textOf(spec.default) : ''
  const conditional = spec.kind === 'choice' ? spec.defaultIf : undefined
  const others = conditional === undefined ? [] : [conditional.value, ...conditional.given]
  return [marks[spec.kind] + plain, ...others].join('|')
}

const textOf = (value: number | string | boolean) =>
  typeof value === 'boolean' ? String(Number(value)) : String(value)

/** Such as `s.0.3,250,3`: a dot for decimals, `~` for pixels or a fraction below 1, `=` for whole pixels. */
function pixelsOf(option: string, spec: OptionSpec): string[] {
  if (spec.kind !== 'number' || !spec.pixels) return []
  const wholeUnit = spec.fraction ? '~' : '='
  const unit = spec.integer ? wholeUnit : '.'
  const values = [spec.min, spec.max, ...(spec.default === undefined ? [] : [spec.default])]
  return [`${option}${unit}${values.join(',')}`]
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
