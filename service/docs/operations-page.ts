import type { Operation } from '../operations/operation.ts'
import { describeExpected } from '../url/expectation.ts'
import type { OptionSpec } from '../url/option.ts'
import { beforeFile, pictureFile } from './example-pictures.ts'

const head = `# Operations

Made by \`npm run generate\` from the files of \`service/operations/all/\`, pictures by the engine itself; a test keeps it true.

An operation stands in a URL as \`_<name>\`, its options after it as \`_<option>-<value>,<option>-<value>\`:
\`/processed/<userId>/<imageId>_resize_w-500_sharpen_s-1.5.webp\`. Operations apply from left to right.

Every picture below was developed from this one by the example above it (\`trim\` from the mark that \`overlay\` paints in):

<img src="${beforeFile}" width="320" alt="before">
`

/** The pictures by operation name, with their widths in pixels: they are shown at half their size. */
type Pictures = ReadonlyMap<string, { readonly width: number }>

/** The page that shows every operation: options, ranges, defaults, and a picture of its example. */
export function operationsPage(operations: Iterable<Operation>, pictures: Pictures): string {
  const all = [...operations]
  const contents = all.map(({ name }) => `[\`${name}\`](#${name})`).join(' · ')
  return [head, `${contents}\n`, ...all.map(operation => section(operation, pictures))].join('\n')
}

function section({ name, summary, options, example }: Operation, pictures: Pictures): string {
  const rows = Object.entries(options).map(([option, spec]) => `${row(option, spec)}\n`)
  const table = `| option | values | default | |\n|---|---|---|---|\n${rows.join('')}`
  const shown = Math.ceil((pictures.get(name)?.width ?? 0) / 2)
  const picture = `<img src="${pictureFile(name)}" width="${shown}" alt="${name}">\n`
  return [
    `## ${name}\n`,
    `${sentence(summary)}\n`,
    `\`${example}\`\n`,
    ...(pictures.has(name) ? [picture] : []),
    ...(rows.length > 0 ? [table] : []),
  ].join('\n')
}

function row(option: string, spec: OptionSpec): string {
  const values = describeExpected(spec).replace(/^expected /, '')
  const cells = [`\`${option}\``, values, defaultOf(spec), spec.summary]
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function defaultOf(spec: OptionSpec): string {
  const plain = 'default' in spec && spec.default !== undefined ? String(asText(spec.default)) : ''
  const also = 'defaultIf' in spec && spec.defaultIf
  return also ? `${plain}; ${also.value} with ${also.given.join(' and ')}` : plain
}

const asText = (value: string | number | boolean) => (typeof value === 'boolean' ? Number(value) : value)

const sentence = (summary: string) => `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`
