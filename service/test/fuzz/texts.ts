import { deepStrictEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import { parseRefreshToken } from '../../auth/refresh-token.ts'
import { attachment } from '../../http/content-disposition.ts'
import { parseFormLabels } from '../../http/labels.ts'
import { readClient } from '../../http/negotiation.ts'
import { parseRange } from '../../http/range.ts'
import { parseImportUrl } from '../../ingest/import/image-fetcher.ts'
import { cursorText, decodeCursor } from '../../metadata/cursor.ts'
import { loadOperations } from '../../operations/registry.ts'
import { parseDownload, printDownload } from '../../url/download.ts'
import { parseDerivative, parseOriginal, parseSteps } from '../../url/grammar.ts'
import { parseJsonStep } from '../../url/json-step.ts'
import type { OptionSpecs } from '../../url/option.ts'
import { urlViolation } from '../../url/policy.ts'
import { type PolicyInput, parsePolicy } from '../../url/policy-input.ts'
import { printDerivative, printOriginal, printSteps } from '../../url/print.ts'
import { arbitraryId, arbitraryInputOf } from '../../url/samples.test.data.ts'
import { findSigningKey, signMessage } from '../../url/signature.ts'
import { parseSignedUrl, printSignedUrl, signatureMessage } from '../../url/signed-url.ts'
import { codeOf, type Tally } from './tally.ts'

const table = await loadOperations()
const operations: Readonly<Record<string, OptionSpecs>> = Object.fromEntries(
  [...table].map(([name, { options }]) => [name, options]),
)

const marks = [
  '_',
  '-',
  ',',
  '.',
  '~',
  '%',
  '%5f',
  '/',
  '?',
  '&',
  '=',
  ';',
  ':',
  '"',
  '\0',
  '\ud800',
  'é',
  '\r\n',
  ' ',
]
const words = [
  '/processed/',
  '/raw/',
  '-orig',
  'abcdef',
  '1',
  '0',
  '1e999',
  '9'.repeat(40),
  'bytes=',
  '*/*',
  'image/avif',
  'q=0.5',
]
const names = Object.entries(operations).flatMap(([name, options]) => [name, ...Object.keys(options)])
const signed = ['?e=', '&k=', '&s=', '&p=', '&dl=', 'http://', '@', '[::1]', 'filename*=']
const wild = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 9 }),
  fc.string({ unit: 'grapheme', maxLength: 9 }),
)
const token = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...names) },
  { weight: 4, arbitrary: fc.constantFrom(...marks, ...words, ...signed) },
  { weight: 1, arbitrary: wild },
)
const text = fc.array(token, { maxLength: 40 }).map(tokens => tokens.join(''))
const steps = fc.array(arbitraryInputOf(operations), { maxLength: 5 })
const json = fc.jsonValue({ maxDepth: 3 }).map(value => value as never)

/** Whether a parser accepts an input. It may throw errors of the catalogue only. */
type Property = fc.IProperty<never> | fc.IPropertyWithHooks<never>
const properties = new Map<string, (tally: Tally) => Property>()

function tried(name: string, tally: Tally, work: () => unknown): void {
  const started = performance.now()
  let code: string | undefined
  try {
    work()
  } catch (error) {
    code = codeOf(error)
    if (code === undefined) throw error
  } finally {
    tally.count(name, performance.now() - started, code)
  }
}

function define<T>(name: string, input: fc.Arbitrary<T>, work: (input: T) => unknown): void {
  properties.set(
    name,
    tally => fc.property(input, value => tried(name, tally, () => work(value))) as unknown as Property,
  )
}

define(
  'url path',
  fc.oneof(
    text,
    text.map(rest => `/processed/abcdef/abcdef_${rest}.jpg`),
  ),
  path => {
    const address = parseDerivative(path, table)
    const printed = printDerivative(address, table)
    deepStrictEqual(parseDerivative(printed, table), address)
    equal(printDerivative(parseDerivative(printed, table), table), printed)
  },
)
define('url of json', fc.tuple(arbitraryId, steps), ([id, inputs]) => {
  const parsed = inputs.map(input => parseJsonStep(input, table))
  const path = printDerivative({ userId: id, imageId: id, steps: parsed, format: 'webp' }, table)
  deepStrictEqual(parseDerivative(path, table).steps, parsed)
})
define(
  'json step',
  fc.tuple(fc.constantFrom(...names), fc.dictionary(fc.constantFrom(...names, '__proto__'), json)),
  ([op, options]) => {
    const step = parseJsonStep({ ...options, op }, table)
    deepStrictEqual(parseSteps(printSteps([step], table), table), [step])
  },
)
define(
  'original path',
  fc.oneof(
    text,
    text.map(rest => `/raw/abcdef/abcdef-orig.${rest}`),
  ),
  path => {
    const address = parseOriginal(path)
    deepStrictEqual(parseOriginal(printOriginal(address)), address)
  },
)
define('signed url', fc.tuple(text, text, fc.constantFrom(undefined, 'web')), ([path, rest, p]) => {
  const secret = Buffer.alloc(32, 7)
  const key = { id: 'k1', secret, state: 'active' as const }
  const request = parseSignedUrl(path + rest)
  if (findSigningKey([key], request) !== undefined) throw new Error('a generated signature is valid')
  const parts = { path: `/processed/abcdef/abcdef${path.replace(/[?&=]/g, '')}`, e: '99', p }
  const message = signatureMessage(parts)
  if (message === undefined) return
  const sent = printSignedUrl(parts, signMessage(secret, message))
  equal(findSigningKey([key], parseSignedUrl(sent)), key)
  equal(findSigningKey([{ ...key, state: 'revoked' as const }], parseSignedUrl(sent)), undefined)
})
const ranges = fc.record(
  { min: fc.integer(), max: fc.integer(), values: fc.array(json, { maxLength: 3 }) },
  { requiredKeys: [] },
)
const rules = fc.oneof(
  fc.constant(true as const),
  fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.constant(true as const), ranges)),
)
define(
  'policy',
  fc.tuple(fc.dictionary(fc.constantFrom(...names, '__proto__'), rules), steps),
  ([operations, inputs]) => {
    const policy = parsePolicy({ operations, formats: ['webp', 'auto'] } as PolicyInput, table)
    deepStrictEqual(parsePolicy(JSON.parse(JSON.stringify(policy)), table), policy)
    const parsed = inputs.map(input => parseJsonStep(input, table))
    const violation = urlViolation(policy, { steps: parsed, format: 'webp' }, table)
    const isListed = parsed.every(({ op }) => Object.hasOwn(operations, op))
    if (!isListed && violation === undefined) throw new Error('an operation that is not listed is allowed')
  },
)
define('download', fc.oneof(text, wild), name => equal(parseDownload(printDownload(name)), name))
define('download sent', fc.oneof(text, wild), sent => {
  const header = attachment(parseDownload(sent))
  if (!/^[ -~]+$/.test(header) || (header.match(/"/g) ?? []).length !== 2)
    throw new Error(`unsafe header ${header}`)
})
define(
  'range',
  fc.tuple(
    fc.oneof(
      text,
      fc.tuple(fc.nat(), fc.nat()).map(both => `bytes=${both.join('-')}`),
    ),
    fc.integer({ min: 1, max: 2e9 }),
  ),
  ([range, bytes]) => {
    const found = parseRange({ range }, { bytes, etag: '"a"' })
    if (found && !(found.start >= 0 && found.start <= found.end && found.end < bytes))
      throw new Error(JSON.stringify(found))
  },
)
define('negotiation', fc.tuple(text, text), ([accept, hint]) =>
  readClient({ accept, 'sec-ch-dpr': hint, 'sec-ch-width': hint, 'save-data': hint }),
)
define(
  'cursor',
  fc.oneof(
    text,
    json.map(value => Buffer.from(JSON.stringify(value)).toString('base64url')),
  ),
  cursor => decodeCursor(cursorText, cursor),
)
define(
  'form labels',
  fc.array(
    fc.tuple(
      fc.constantFrom('title', 'tags', 'alt', 'metadata', 'x', '__proto__'),
      fc.oneof(
        text,
        json.map(value => JSON.stringify(value)),
      ),
    ),
    { maxLength: 6 },
  ),
  fields => {
    const labels = parseFormLabels(fields)
    if (/\p{Cc}|\0/u.test(labels.title + labels.tags.join('')))
      throw new Error('a control character is accepted')
  },
)
define('refresh token', text, parseRefreshToken)
define(
  'import url',
  fc.oneof(
    text,
    text.map(rest => `https://example.com${rest}`),
  ),
  parseImportUrl,
)

/** Names of the properties of texts. */
export const textTargets: readonly string[] = [...properties.keys()]

/** Checks one property with generated inputs. */
export function checkTexts(name: string, seed: number, runs: number, tally: Tally): void {
  const property = properties.get(name)?.(tally)
  if (property === undefined) throw new Error(`there is no target ${name}`)
  const details = fc.check(property, { seed, numRuns: runs })
  if (!details.failed) return
  const reason = details.errorInstance instanceof Error ? details.errorInstance.message : 'failed'
  tally.report(name, `${reason} for ${JSON.stringify(details.counterexample)}`, seed)
}
