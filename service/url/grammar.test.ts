import { deepStrictEqual, equal, match, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { DarkroomError } from '../errors/catalogue.ts'
import t from '../test/support/tap.ts'
import { parseDerivative, parseOriginal, parseSteps } from './grammar.ts'
import type { OptionSpec, OptionValue } from './option.ts'
import { printDerivative, printFileName, printOriginal, printSteps } from './print.ts'
import {
  arbitraryAddress,
  arbitraryFormat,
  arbitraryId,
  arbitraryInputs,
  table,
} from './samples.test.data.ts'
import { completeOptions, normalizeStep, type StepInput } from './step.ts'
import { parseValue, printValue } from './values.ts'

/** The canonical path, or the code of the catalogue's error. Any other error fails the test. */
function outcome(parse: () => string): string {
  try {
    return parse()
  } catch (error) {
    if (error instanceof DarkroomError) return error.code
    throw error
  }
}

const canonical = (path: string) => printDerivative(parseDerivative(path, table), table)

t.test('parse is the inverse of print', async t => {
  const property = fc.property(arbitraryAddress, address => {
    const path = printDerivative(address, table)
    deepStrictEqual(parseDerivative(path, table), address)
    equal(canonical(path), path)
    equal(path, `/processed/${address.userId}/${printFileName(address, table)}`)
    deepStrictEqual(parseSteps(printSteps(address.steps, table), table), address.steps)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }))
})

t.test('every spelling of a URL has the same canonical form', async t => {
  const spellings = fc.tuple(arbitraryId, arbitraryInputs, arbitraryFormat, fc.infiniteStream(fc.nat(1000)))
  const property = fc.property(spellings, ([id, inputs, format, dice]) => {
    const roll = (sides: number) => Number(dice.next().value) % sides
    const steps = inputs.map(input => normalizeStep(input, table))
    const expected = printDerivative({ userId: id, imageId: id, steps, format }, table)
    const extension = format === 'jpg' && roll(2) ? 'jpeg' : format
    const spelled = [id, ...inputs.map(input => spellStep(input, roll))].join('_')
    equal(canonical(`/processed/${id}/${spelled}.${extension}`), expected)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }))
})

function spellStep({ op, ...given }: StepInput, roll: (sides: number) => number): string {
  const specs = table.get(op)!.options
  // Spells out defaults at random.
  const filled = roll(2)
    ? { ...completeOptions(normalizeStep({ op, ...given }, table), table), ...given }
    : given
  const options = Object.entries(filled).map(([name, value]) => {
    return `${name}-${respell(specs[name]!, value as OptionValue, roll)}`
  })
  const at = options.length > 0 ? roll(options.length) : 0
  const shuffled = [...options.slice(at), ...options.slice(0, at)]
  return shuffled.length > 0 ? `${op}_${(roll(2) ? shuffled : shuffled.reverse()).join(',')}` : op
}

function respell(spec: OptionSpec, value: OptionValue, roll: (sides: number) => number): string {
  if (spec.kind === 'color')
    return roll(2) && value !== 'transparent' ? String(value).toUpperCase() : String(value)
  if (spec.kind === 'text' && /^[a-z0-9]+$/.test(String(value)) && roll(2)) {
    return `~${Buffer.from(String(value)).toString('base64url').replaceAll('_', '.')}`
  }
  const text = printValue(spec, value)!
  if (typeof value !== 'number') return text
  const longer = Number.isInteger(value) ? `${text}.${'0'.repeat(1 + roll(6))}` : text
  const spelled = [text, longer, text.replace(/^(-?)0\./, '$1.'), text.replace(/^-?/, '$&000')]
  return spelled[roll(spelled.length)]!
}

t.test('any input is parsed or rejected with an error of the catalogue', async t => {
  const fragments = [
    '/processed/',
    '/raw/',
    'abcdef',
    '_',
    '-',
    ',',
    '.',
    '~',
    '%',
    '%2',
    '%41',
    '%ff',
    '%00',
    '/',
    ':',
  ]
  const words = [
    'resize',
    'w',
    '300',
    'text',
    't',
    '__proto__',
    'constructor',
    'toString',
    'jpg',
    '-orig.jpg',
    'crop',
    '\0',
  ]
  const soup = fc
    .array(fc.constantFrom(...fragments, ...words), { maxLength: 30 })
    .map(parts => parts.join(''))
  const bytes = fc.uint8Array({ maxLength: 1500 }).map(array => Buffer.from(array).toString('latin1'))
  const tail = fc.oneof(soup, bytes, fc.string({ unit: 'binary' }))
  const input = fc.oneof(
    tail,
    tail.map(rest => `/processed/abcdef/abcdef_${rest}.jpg`),
  )
  const property = fc.property(input, path => {
    for (const result of [
      outcome(() => canonical(path)),
      outcome(() => printOriginal(parseOriginal(path))),
    ]) {
      match(result, /^(bad-url|url-too-long|\/.*)$/s)
    }
    match(
      outcome(() => printSteps(parseSteps(path, table), table)),
      /^(bad-url|[^%\0]*)$/,
    )
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2000 }))
})

t.test('a path with one changed byte is rejected or has a stable canonical form', async t => {
  const change = fc.tuple(arbitraryAddress, fc.nat(), fc.integer({ min: 0, max: 255 }))
  const property = fc.property(change, ([address, position, code]) => {
    const path = printDerivative(address, table)
    const at = position % path.length
    const changed = path.slice(0, at) + String.fromCharCode(code) + path.slice(at + 1)
    const result = outcome(() => canonical(changed))
    ok(result === 'bad-url' || canonical(result) === result, changed)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }))
})

t.test('JSON of any shape is accepted or rejected without a crash', async t => {
  const options = fc.dictionary(
    fc.constantFrom('w', 'h', 'fit', 'enlarge', 'dpr', '__proto__', 'x'),
    fc.anything(),
  )
  const property = fc.property(fc.constantFrom('resize', 'text', 'constructor'), options, (op, given) => {
    const result = outcome(() => printSteps([normalizeStep({ ...given, op }, table)], table))
    match(result, /^(bad-url|resize.*|text.*)$/)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }))
})

t.test('parsing takes time linear in the length', async t => {
  // A quadratic algorithm would take 10^12 steps on a megabyte: minutes, not milliseconds.
  const size = 1_000_000
  const texts = ['_', '-', ',', '.', '~', 'a', '0', 'w-1,', 'resize_', 'resize_w-1_', '-_', '%', '~.', ':']
  const hostile = [
    '',
    'resize_w-',
    'resize_dpr-0.',
    'text_t-~',
    'crop_ar-1:',
    'rotate_bg-',
    'resize_',
  ].flatMap(start => texts.map(text => start + text.repeat(size / text.length)))
  const began = performance.now()
  for (const text of hostile)
    t.equal(
      outcome(() => printSteps(parseSteps(text, table), table)),
      'bad-url',
    )
  const value = parseValue({ kind: 'number', label: '', summary: '', min: 0, max: 1 }, '0'.repeat(size))
  t.equal(value, 0)
  t.ok(performance.now() - began < 30_000, `${hostile.length} megabytes`)
})

t.test('a path may have 1,024 bytes and no more', async t => {
  const path = (bytes: number) => `/processed/abcdef/abcdef_rotate_a-${'0'.repeat(bytes - 38)}.png`
  t.equal(path(1024).length, 1024)
  t.equal(canonical(path(1024)), '/processed/abcdef/abcdef_rotate_a-0.png')
  t.throws(() => canonical(path(1025)), { code: 'url-too-long', status: 414 })
})

t.test('percent-encoding is decoded exactly once', async t => {
  const plain = '/processed/abcdef/abcdef_crop_ar-16:9_text_t-~w6.jpg'.replace('~w6', '~w6k')
  const encoded = plain.replace(':', '%3A').replace('~', '%7e')
  t.equal(canonical(encoded), plain)
  t.throws(() => canonical(encoded.replace('%3A', '%253A')), { code: 'bad-url' })
  for (const malformed of ['%', '%4', '%zz', '%ff', '%c3%28']) {
    t.throws(() => canonical(`/processed/abcdef/abcdef${malformed}.jpg`), { code: 'bad-url' })
  }
})

t.test('paths of originals are parsed and printed', async t => {
  const property = fc.property(arbitraryId, arbitraryId, (userId, imageId) => {
    const address = { userId, imageId, extension: 'jpg' }
    deepStrictEqual(parseOriginal(printOriginal(address)), address)
    deepStrictEqual(parseOriginal(`/raw/${userId}/${imageId}-orig.jpeg`), address)
  })
  t.doesNotThrow(() => fc.assert(property))
  for (const path of [
    '/raw/abcdef/abcdef.jpg',
    '/raw/abcdef/abcdef-orig',
    '/raw/abc/abcdef-orig.jpg',
    '/raw/abcdef',
  ]) {
    t.throws(() => parseOriginal(path), { code: 'bad-url' })
  }
})

t.test('steps keep the order of the URL, and options are split at the first minus', async t => {
  const steps = parseSteps('crop_x--10,y-.5_grayscale_resize_w-300', table)
  t.strictSame(steps, [
    { op: 'crop', options: { x: -10, y: 0.5 } },
    { op: 'grayscale', options: {} },
    { op: 'resize', options: { w: 300 } },
  ])
})

t.test('minus zero is parsed as zero', async t => {
  t.ok(Object.is(parseValue({ kind: 'number', label: '', summary: '', min: -1, max: 1 }, '-0.0'), 0))
})

t.test('a conditional default replaces the plain default', async t => {
  const printed = (text: string) => printSteps(parseSteps(text, table), table)
  t.equal(printed('resize_w-3,h-4,fit-cover'), 'resize_w-3,h-4')
  t.equal(printed('resize_w-3,h-4,fit-inside'), 'resize_w-3,h-4,fit-inside')
  t.equal(printed('resize_w-3,fit-inside'), 'resize_w-3')
  t.equal(printed('resize_w-3,fit-cover'), 'resize_w-3,fit-cover')
  t.equal(printed('pad_t-0,mark-thin'), 'pad', 'a spelled-out default does not count as given')
  t.equal(printed('pad_t-1,mark-thick'), 'pad_t-1')
  const [both] = parseSteps('resize_h-4,w-3', table)
  t.strictSame(completeOptions(both!, table), { w: 3, h: 4, fit: 'cover', enlarge: false, dpr: 1 })
})
