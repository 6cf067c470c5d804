import { isId } from './id.ts'
import type { NumberSpec, OptionSpec, OptionValue, TextSpec } from './option.ts'
import { decodeText, encodeText, utf8Length } from './text.ts'

/** At most six decimals: JavaScript prints smaller numbers with an exponent, which the grammar does not have. */
const decimal = /^-?(?:\d+(?:\.\d{1,6})?|\.\d{1,6})$/
const hexColor = /^(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i
const ratioSide = /^\d+(?:\.\d{1,2})?$/

/** Parses an option's value; undefined when the spec does not accept the text. */
export function parseValue(spec: OptionSpec, text: string): OptionValue | undefined {
  switch (spec.kind) {
    case 'number':
      return spec.words?.includes(text) ? text : parseNumber(spec, text)
    case 'choice':
      return spec.values.includes(text) ? text : undefined
    case 'flag':
      return text === '0' || text === '1' ? text === '1' : undefined
    case 'color':
      return text === 'transparent' || hexColor.test(text) ? text.toLowerCase() : undefined
    case 'text':
      return parseText(spec, text)
    case 'ratio':
      return parseRatio(text)
    case 'image':
      return isId(text) ? text : undefined
  }
}

/**
 * Prints a value. For every value that `parseValue` returns, this is its inverse. Undefined when the type is wrong.
 * Ranges are not checked: to validate a value, parse the printed text with `parseValue`.
 */
export function printValue(spec: OptionSpec, value: unknown): string | undefined {
  if (typeof value === 'string') return spec.kind === 'text' ? encodeText(value) : value
  if (typeof value === 'number')
    return spec.kind === 'number' || spec.kind === 'flag' ? String(value) : undefined
  if (typeof value === 'boolean' && spec.kind === 'flag') return value ? '1' : '0'
  return undefined
}

/** Whether a text is a number that is rejected only for being outside the spec's range. */
export function isOutOfRange(spec: OptionSpec, text: string): boolean {
  return spec.kind === 'number' && decimal.test(text) && !isInRange(spec, Number(text))
}

function parseNumber(spec: NumberSpec, text: string): number | undefined {
  if (!decimal.test(text)) return undefined
  const value = Number(text) + 0 // -0 becomes 0
  if (!isInRange(spec, value)) return undefined
  const allowsDecimals = spec.fraction ? Math.abs(value) < 1 : !spec.integer
  return allowsDecimals || Number.isInteger(value) ? value : undefined
}

function isInRange(spec: NumberSpec, value: number): boolean {
  return value >= spec.min && value <= spec.max
}

function parseText(spec: TextSpec, token: string): string | undefined {
  const text = decodeText(token)
  return text === undefined || utf8Length(text) > spec.maxBytes ? undefined : text
}

function parseRatio(text: string): string | undefined {
  const sides = text.split(':', 3)
  const valid = sides.length === 2 && sides.every(side => ratioSide.test(side) && isRatioSide(Number(side)))
  return valid ? sides.map(Number).join(':') : undefined
}

function isRatioSide(side: number): boolean {
  return side >= 1 && side <= 10_000
}
