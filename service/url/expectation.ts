import type { NumberSpec, OptionSpec } from './option.ts'

/** What an option accepts, in words that end an error message or stand in the docs. */
export function describeExpected(spec: OptionSpec): string {
  switch (spec.kind) {
    case 'number':
      return [expectedNumber(spec), ...(spec.words ?? [])].join(' or ')
    case 'choice':
      return `one of ${spec.values.join(', ')}`
    case 'flag':
      return '0 or 1'
    case 'color':
      return 'hex digits rgb, rrggbb or rrggbbaa, or transparent'
    case 'text':
      return `a plain word of a-z and 0-9, or ~ and base64url of UTF-8 with . in place of _, at most ${spec.maxBytes} bytes`
    case 'ratio':
      return 'a ratio such as 16:9, each number from 1 to 10000 with at most 2 decimals'
    case 'image':
      return 'an image id of 6 to 32 characters a-z and 0-9'
  }
}

function expectedNumber({ min, max, integer, fraction }: NumberSpec): string {
  if (fraction) return `a whole number or a fraction below 1, from ${min} to ${max}`
  return integer
    ? `a whole number from ${min} to ${max}`
    : `a number from ${min} to ${max} with at most 6 decimals`
}
