import type { NumberSpec, OptionSpec } from './option.ts'

/** Describes the values that an option accepts, for error messages (after "expected") and the docs. */
export function describeExpected(spec: OptionSpec): string {
  switch (spec.kind) {
    case 'number':
      return describeNumber(spec) + describeWords(spec.words)
    case 'choice':
      return `one of ${spec.values.join(', ')}`
    case 'flag':
      return '0 or 1'
    case 'color':
      return 'a hex colour rgb, rrggbb or rrggbbaa, or transparent'
    case 'text':
      return `a word of a-z and 0-9, or ~ followed by base64url of UTF-8 with . instead of _, at most ${spec.maxBytes} bytes`
    case 'ratio':
      return 'a ratio such as 16:9, both numbers from 1 to 10000 with at most 2 decimals'
    case 'image':
      return 'an image id of 6 to 32 characters a-z and 0-9'
  }
}

function describeWords(words: readonly string[] = []): string {
  if (words.length < 2) return words.map(word => ` or ${word}`).join('')
  return `, or one of ${words.join(', ')}`
}

function describeNumber({ min, max, integer, fraction }: NumberSpec): string {
  if (fraction) return `an integer or a fraction below 1, from ${min} to ${max}`
  return integer
    ? `an integer from ${min} to ${max}`
    : `a number from ${min} to ${max} with at most 6 decimals`
}
