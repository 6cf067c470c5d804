import fc from 'fast-check'
import { type DerivativeAddress, extensions } from './address.ts'
import type { NumberSpec, OperationTable, OptionSpec, OptionSpecs, OptionValue } from './option.ts'
import { normalizeStep, type StepInput } from './step.ts'
import { parseValue } from './values.ts'

function number(min: number, max: number, rest: Partial<NumberSpec> = {}): NumberSpec {
  return { kind: 'number', label: '', summary: '', min, max, ...rest }
}

const pixels = number(1, 8192, { integer: true, words: ['auto'] })
const marks = { values: ['thin', 'thick'], default: 'thin', defaultIf: { given: ['t'], value: 'thick' } }
const fits = ['cover', 'contain', 'inside']
const inside = { default: 'inside', defaultIf: { given: ['w', 'h'], value: 'cover' } }
const offset = number(-8192, 8192, { fraction: true, default: 0 })

/** Operations that use every kind of option. */
const operations: Record<string, OptionSpecs> = {
  resize: {
    w: pixels,
    h: pixels,
    fit: { kind: 'choice', label: '', summary: '', values: fits, ...inside },
    enlarge: { kind: 'flag', label: '', summary: '', default: false },
    dpr: number(0.1, 8, { default: 1 }),
  },
  crop: { x: offset, y: offset, ar: { kind: 'ratio', label: '', summary: '' } },
  rotate: { a: number(-360, 360), bg: { kind: 'color', label: '', summary: '', default: '000' } },
  grayscale: {},
  text: {
    t: { kind: 'text', label: '', summary: '', maxBytes: 60 },
    font: { kind: 'text', label: '', summary: '', maxBytes: 60, default: 'sans' },
    c: { kind: 'color', label: '', summary: '' },
  },
  overlay: { i: { kind: 'image', label: '', summary: '' }, tile: { kind: 'flag', label: '', summary: '' } },
  pad: { t: number(0, 100, { default: 0 }), mark: { kind: 'choice', label: '', summary: '', ...marks } },
}

export const table: OperationTable = new Map(
  Object.entries(operations).map(([name, options]) => [name, { options }]),
)

const idCharacter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789')
export const arbitraryId = fc.string({ unit: idCharacter, minLength: 6, maxLength: 32 })
const hexDigit = fc.constantFrom(...'0123456789abcdef')
const hex = fc
  .constantFrom(3, 6, 8)
  .chain(size => fc.string({ unit: hexDigit, minLength: size, maxLength: size }))
const side = fc.integer({ min: 100, max: 1_000_000 }).map(hundredths => hundredths / 100)

// made once, because fast-check builds a table of all characters for each
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 15 }),
  fc.string({ unit: 'binary', maxLength: 15 }),
  arbitraryId,
)

function arbitraryNumber(spec: NumberSpec): fc.Arbitrary<OptionValue> {
  const whole = fc.integer({ min: Math.ceil(spec.min), max: Math.floor(spec.max) })
  const millionths = fc
    .integer({ min: Math.ceil(spec.min * 1e6), max: Math.floor(spec.max * 1e6) })
    .map(many => many / 1e6)
  const small = fc.integer({ min: -999_999, max: 999_999 }).map(many => many / 1e6)
  return fc
    .oneof(whole, millionths, small, fc.constantFrom(0, ...(spec.words ?? [])))
    .filter(value => parseValue(spec, String(value)) !== undefined)
}

function arbitraryValue(spec: OptionSpec): fc.Arbitrary<OptionValue> {
  switch (spec.kind) {
    case 'number':
      return arbitraryNumber(spec)
    case 'choice':
      return fc.constantFrom(...spec.values)
    case 'flag':
      return fc.boolean()
    case 'color':
      return fc.oneof(hex, fc.constant('transparent'))
    case 'text':
      return text
        .filter(text => Buffer.byteLength(text) <= spec.maxBytes)
        .filter(text => text !== '' && !/[^\P{Cc}\n]|\p{Cs}/u.test(text))
    case 'ratio':
      return fc.tuple(side, side).map(sides => sides.join(':'))
    case 'image':
      return arbitraryId
  }
}

/** Any options of any of these operations, defaults among them. */
export const arbitraryInputOf = (
  operations: Readonly<Record<string, OptionSpecs>>,
): fc.Arbitrary<StepInput> =>
  fc.constantFrom(...Object.keys(operations)).chain(op => {
    const values = Object.entries(operations[op] ?? {}).map(([name, spec]) => [name, arbitraryValue(spec)])
    return fc
      .record<Record<string, unknown>>(Object.fromEntries(values), {
        requiredKeys: [],
        noNullPrototype: true,
      })
      .map(options => ({ ...options, op }))
  })

export const arbitraryInput = arbitraryInputOf(operations)
export const arbitraryInputs = fc.array(arbitraryInput, { maxLength: 5 })
export const arbitraryFormat = fc.constantFrom(...extensions)

export const arbitraryAddress: fc.Arbitrary<DerivativeAddress> = fc.record(
  {
    userId: arbitraryId,
    imageId: arbitraryId,
    steps: arbitraryInputs.map(inputs => inputs.map(input => normalizeStep(input, table))),
    format: arbitraryFormat,
  },
  { noNullPrototype: true },
)
