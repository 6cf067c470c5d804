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

const allowedCharacters = /^[\w.,~:/-]*$/
const originalFile = /^([a-z0-9]+)-orig\.([a-z0-9]{1,8})$/

/**
 * Parses `/processed/<userId>/<imageId>(_<op>[_<options>])*.<ext>`, in time linear in its length.
 * @param path the raw request path, without its query
 * @throws DarkroomError `bad-url` that names the token and what is expected, or `url-too-long`
 */
export function parseDerivative(path: string, table: OperationTable): DerivativeAddress {
  const { userId, file } = splitPath(path, 'processed')
  // The last dot starts the extension; encoded texts and numbers may contain dots, too.
  const dot = file.lastIndexOf('.')
  if (dot < 0) throw badExtension('')
  const format = parseFormat(file.slice(dot + 1))
  const [imageId = '', ...tokens] = file.slice(0, dot).split('_')
  return { userId, imageId: checkId(imageId, 'image'), steps: parseTokens(tokens, table), format }
}

/**
 * Parses `/raw/<userId>/<imageId>-orig.<ext>`.
 * @param path the raw request path, without its query
 * @throws DarkroomError `bad-url` or `url-too-long`
 */
export function parseOriginal(path: string): OriginalAddress {
  const { userId, file } = splitPath(path, 'raw')
  const [, imageId, extension] = originalFile.exec(file) ?? []
  if (imageId === undefined || extension === undefined) {
    throw badUrl(`invalid file name "${quoted(file)}", expected <imageId>-orig.<ext>`)
  }
  return { userId, imageId: checkId(imageId, 'image'), extension: canonicalExtension(extension) }
}

/**
 * Parses operations alone, such as a preset's `resize_w-300_encode_q-auto`. An empty text has no operations.
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
  if (token === '') throw badUrl('empty token after _, expected an operation or options')
  if (!token.includes('-')) return token
  const expected =
    previous === undefined ? 'an operation before them' : 'a comma between them and the previous options'
  throw badUrl(`options "${quoted(token)}" have no operation, expected ${expected}`)
}

/** Parses an output format from a file extension. @throws DarkroomError `bad-url` */
export function parseFormat(extension: string): Extension {
  const short = canonicalExtension(extension)
  const format = extensions.find(one => one === short)
  if (format) return format
  throw badExtension(extension)
}

function splitPath(path: string, root: 'processed' | 'raw'): { userId: string; file: string } {
  const [start, first, userId, file, ...rest] = decodePath(path).split('/')
  if (start !== '' || first !== root || userId === undefined || file === undefined || rest.length > 0) {
    throw badUrl(`invalid path "${quoted(path)}", expected /${root}/<userId>/<file>`)
  }
  return { userId: checkId(userId, 'user'), file }
}

/**
 * Percent-decodes a path once. A `%` that is left after that is not an allowed character, so double encoding cannot
 * smuggle anything past the checks.
 */
function decodePath(path: string): string {
  const plain = checkLength(path).includes('%') ? decodePercent(path) : path
  if (allowedCharacters.test(plain)) return plain
  throw badUrl(`invalid character in path "${quoted(path)}", expected letters, digits and _ - . , ~ : /`)
}

function decodePercent(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    throw new DarkroomError('bad-url', `invalid percent-encoding in path "${quoted(path)}", expected UTF-8`, {
      cause,
    })
  }
}
