import { expectation } from '../url/expectation.ts'
import type { OptionSpec } from '../url/option.ts'
import type { Operation } from './operation.ts'

const begin = '<!-- operations: made by `npm run generate` -->'
const end = '<!-- /operations -->'

/** The README with its operations table made anew between the two markers. @throws Error when a marker is missing */
export function withOperations(readme: string, operations: Iterable<Operation>): string {
  const from = readme.indexOf(begin)
  const to = readme.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the README needs ${begin} and ${end}`)
  return `${readme.slice(0, from)}${begin}\n${table(operations)}${readme.slice(to)}`
}

function table(operations: Iterable<Operation>): string {
  const rows = [...operations].flatMap(({ name, summary, options, example }) => [
    `| **\`${name}\`** | | ${summary}; e.g. \`${example}\` |\n`,
    ...Object.entries(options).map(([option, spec]) => `| | \`${option}\` | ${describe(spec)} |\n`),
  ])
  return `| operation | option | |\n|---|---|---|\n${rows.join('')}`
}

function describe(spec: OptionSpec): string {
  const values = expectation(spec).replace(/^expected /, '')
  const plain = 'default' in spec && spec.default !== undefined ? `, default ${shown(spec.default)}` : ''
  const also = 'defaultIf' in spec && spec.defaultIf
  const conditional = also ? ` (${also.value} with ${also.given.join(' and ')})` : ''
  return `${spec.summary}: ${values}${plain}${conditional}`
}

const shown = (value: string | number | boolean) => (typeof value === 'boolean' ? Number(value) : value)
