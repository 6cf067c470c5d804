/**
 * Prints and reads operations as the service's grammar does, from a table without ranges, words and summaries: the one
 * that browsers download. `checks.ts` has the full table.
 */
import { badUrl, quoted } from '../url/bad-url.ts'
import { decodeText, encodeText } from '../url/text.ts'
import type { OperationStep } from './operations.generated.ts'
import { spellings } from './spelling.generated.ts'

/** An option: its name, the mark of its kind, its default, and the default that applies when all of `given` are set. */
interface Spelling {
  readonly name: string
  readonly mark: string
  readonly plain: string
  readonly conditional: string | undefined
  readonly given: readonly string[]
}

/**
 * The characters of a value. The others separate values, operations and paths: a colour that a visitor typed must not
 * add an operation to a URL.
 */
const safeValue = /^[\w.:~-]+$/

/**
 * Prints operations in canonical form: options in the order of the grammar, defaults dropped.
 * @throws DarkroomError `bad-url` for an unknown operation or option, and for a value that no URL can contain
 */
export function spellSteps(steps: readonly OperationStep[]): string {
  return steps.map(step => `_${spellStep(step)}`).join('')
}

function spellStep({ op, ...options }: OperationStep): string {
  const known = optionsOf(op)
  const texts = new Map<string, string>()
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) texts.set(name, spellValue(op, optionOf(op, name, known), value))
  }
  // an option at its plain default counts as absent, also for the conditional defaults of other options
  const present = known.filter(({ name, plain }) => (texts.get(name) ?? plain) !== plain)
  const printed = known.flatMap(({ name, plain, conditional, given }) => {
    const applies = conditional && given.every(one => present.some(option => option.name === one))
    const text = texts.get(name)
    return text === undefined || text === (applies ? conditional : plain) ? [] : [`${name}-${text}`]
  })
  return printed.length > 0 ? `${op}_${printed}` : op
}

/**
 * Reads one operation and its options, such as `resize` and `w-300,fit-cover`, into typed values.
 * @throws DarkroomError `bad-url`
 */
export function readStep(op: string, token: string | undefined): OperationStep {
  const known = optionsOf(op)
  const step: Record<string, unknown> = {}
  for (const option of token?.split(',') ?? []) {
    const dash = option.indexOf('-')
    const { name, mark } = optionOf(op, option.slice(0, Math.max(0, dash)), known)
    if (Object.hasOwn(step, name)) throw badUrl(`${op}: ${quoted(option)} repeats option ${name}`)
    step[name] = readValue(mark, option.slice(dash + 1))
  }
  // only the names are checked here
  return { ...step, op } as OperationStep
}

function optionsOf(op: string): Spelling[] {
  const text = Object.hasOwn(spellings, op) ? spellings[op] : undefined
  if (text === undefined) {
    throw badUrl(`unknown operation "${quoted(op)}", expected one of ${Object.keys(spellings).join(', ')}`)
  }
  return text.split(' ', text ? 99 : 0).map(word => {
    const [, name = '', mark = '', rest = ''] = /^(\w+)(.)(.*)/.exec(word) ?? []
    const [plain = '', conditional, ...given] = rest.split('|')
    return { name, mark, plain, conditional, given }
  })
}

function optionOf(op: string, name: string, known: readonly Spelling[]): Spelling {
  const found = known.find(option => option.name === name)
  if (found) return found
  const names = known.map(option => option.name).join(', ')
  throw badUrl(
    `${op}: unknown option "${quoted(name)}", expected ${names ? `one of ${names}` : 'no options'}`,
  )
}

function spellValue(op: string, { name, mark }: Spelling, value: unknown): string {
  const text = textOf(mark, value)
  if (text !== undefined && safeValue.test(text) && (mark === '~' || !text.includes('_'))) return text
  throw badUrl(`${op}: ${name}-${quoted(typeof value === 'object' ? '(object)' : String(value))} is invalid`)
}

function textOf(mark: string, value: unknown): string | undefined {
  if (typeof value === 'object') return undefined
  const text = String(value)
  if (mark === '~') return encodeText(text)
  if (mark === '*') return text.toLowerCase()
  if (mark === '%') return text.split(':').map(Number).join(':')
  if (mark === '?') return String(Number(value))
  const number = Number(value) + 0 // -0 becomes 0
  return mark === '#' && text !== '' && !Number.isNaN(number) ? String(number) : text
}

function readValue(mark: string, text: string): string | number | boolean {
  if (mark === '~') return decodeText(text) ?? ''
  if (mark === '?') return text === '1'
  const number = Number(text)
  return mark === '#' && text !== '' && !Number.isNaN(number) ? number : text
}
