import { DarkroomError } from '../errors/catalogue.ts'
import {
  type DerivativeAddress,
  type Extension,
  extensions,
  type OriginalAddress,
  type Step,
} from './address.ts'
import { badUrl, quoted } from './bad-url.ts'
import { checkId } from './id.ts'
import type { OperationTable } from './option.ts'
import { badExtension, canonicalExtension, checkLength, checkStepCount } from './path.ts'
import { parseStep } from './step.ts'

const alphabet = /^[\w.,~:/-]*$/
const originalName = /^([a-z0-9]+)-orig\.([a-z0-9]{1,8})$/

/**
 * Reads `/processed/<userId>/<imageId>(_<op>[_<options>])*.<ext>`, in time linear in its length.
 * @param path the raw request path, without its query
 * @throws DarkroomError `bad-url` naming the token and what was expected, or `url-too-long`
 */
export function parseDerivative(path: string, table: OperationTable): DerivativeAddress {
  const { userId, file } = splitPath(path, 'processed')
  // The last dot: texts and numbers hold dots, too.
  const dot = file.lastIndexOf('.')
  if (dot < 0) throw badExtension('')
  const format = parseFormat(file.slice(dot + 1))
  const [imageId = '', ...tokens] = file.slice(0, dot).split('_')
  return { userId, imageId: checkId(imageId, 'image'), steps: parseTokens(tokens, table), format }
}

/**
 * Reads `/raw/<userId>/<imageId>-orig.<ext>`.
 * @param path the raw request path, without its query
 * @throws DarkroomError `bad-url` or `url-too-long`
 */
export function parseOriginal(path: string): OriginalAddress {
  const { userId, file } = splitPath(path, 'raw')
  const [, imageId, extension] = originalName.exec(file) ?? []
  if (imageId === undefined || extension === undefined) {
    throw badUrl(`"${quoted(file)}" is not an original: expected <imageId>-orig.<ext>`)
  }
  return { userId, imageId: checkId(imageId, 'image'), extension: canonicalExtension(extension) }
}

/**
 * Reads operations alone, such as a preset's `resize_w-300_encode_q-auto`; the empty text has none.
 * @throws DarkroomError `bad-url`
 */
export function parseSteps(text: string, table: OperationTable): readonly Step[] {
  return text === '' ? [] : parseTokens(text.split('_'), table)
}

function parseTokens(tokens: readonly string[], table: OperationTable): readonly Step[] {
  const steps: Step[] = []
  for (let at = 0; at < tokens.length; at++) {
    const op = parseOperationName(tokens[at] ?? '', tokens[at - 1])
    const next = tokens[at + 1]
    const options = next?.includes('-') ? next : undefined
    if (options !== undefined) at++
    checkStepCount(steps.length + 1)
    steps.push(parseStep(op, options, table))
  }
  return steps
}

function parseOperationName(token: string, previous: string | undefined): string {
  if (token === '') throw badUrl('there is an empty token: expected an operation or options between two _')
  if (!token.includes('-')) return token
  const expected =
    previous === undefined ? 'an operation before them' : 'them joined to the options before by a comma'
  throw badUrl(`"${quoted(token)}" are options without an operation: expected ${expected}`)
}

/** The output format that an extension names. @throws DarkroomError `bad-url` */
export function parseFormat(extension: string): Extension {
  const short = canonicalExtension(extension)
  const known = extensions.find(one => one === short)
  if (known) return known
  throw badExtension(extension)
}

function splitPath(path: string, root: 'processed' | 'raw'): { userId: string; file: string } {
  const [start, first, userId, file, ...rest] = plainPath(path).split('/')
  if (start !== '' || first !== root || userId === undefined || file === undefined || rest.length > 0) {
    throw badUrl(`"${quoted(path)}" is not a path of this kind: expected /${root}/<userId>/<file>`)
  }
  return { userId: checkId(userId, 'user'), file }
}

/** Decoded once and never again: what is still encoded after that fails the alphabet, so nothing hides twice. */
function plainPath(path: string): string {
  const plain = checkLength(path).includes('%') ? decodePercent(path) : path
  if (alphabet.test(plain)) return plain
  throw badUrl(`"${quoted(path)}" holds a forbidden character: expected letters, digits and _ - . , ~ : /`)
}

function decodePercent(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    throw new DarkroomError('bad-url', `"${quoted(path)}" is not percent-encoded UTF-8`, { cause })
  }
}
