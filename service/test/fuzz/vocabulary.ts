import type { Random } from './random.ts'

const marks = [
  '_',
  '-',
  ',',
  '.',
  '~',
  '%',
  '%00',
  '%2f',
  '/',
  '//',
  '..',
  '?',
  '&',
  '=',
  ';',
  ':',
  '"',
  "'",
  ' ',
  '\u0000',
  '\ud800',
  'é',
  '🙂',
  '\t',
]
export const words = [
  'resize_w-9',
  'overlay_i-',
  'text_t-',
  'crop_w-0.5',
  'preset_n-a',
  'jpg',
  'auto',
  'json',
  '0',
  '-1',
  '1e999',
  '9'.repeat(30),
  '*/*',
  'image/avif',
  'bytes=',
  '0-',
  'W/"x"',
  'null',
  '{}',
  '[]',
  '__proto__',
  'a'.repeat(3_000),
  'Mon, 01 Jan 2024',
  "' or 1=1--",
  'tag',
  '\\',
  '$1',
  '%',
  '(',
  '[',
]

/** A text of words and marks that parsers get wrong. */
export const textOf = (random: Random, most = 12): string =>
  Array.from({ length: random.below(most) }, () => random.pick(random.once(2) ? marks : words)).join('')

/** Without lone surrogates. */
export const wellFormed = (text: string) => text.replace(/\p{Cs}/gu, '?')

/** What a request target or header can hold on the wire. */
export const ascii = (text: string) =>
  text.replace(/[^!-~]/gu, character => encodeURIComponent(wellFormed(character)))
export const headerValue = (text: string) =>
  Buffer.from(text)
    .toString('latin1')
    .replace(/[^\t -~\x80-\xff]/g, '')

/** A JSON value, with texts and numbers that parsers and the database get wrong. */
export function drawValue(random: Random, depth = 3): unknown {
  const kind = random.below(depth > 0 ? 8 : 5)
  if (kind === 0) return random.pick([0, -1, 1.5, 1e308, -0, 2 ** 53, 2 ** 31])
  if (kind === 1) return random.pick([true, false, null])
  if (kind < 5) return textOf(random, 4)
  if (kind === 5) return Array.from({ length: random.below(4) }, () => drawValue(random, depth - 1))
  return Object.fromEntries(
    Array.from({ length: random.below(4) }, () => [nameOf(random), drawValue(random, depth - 1)]),
  )
}

const fields = [
  'op',
  'w',
  'operations',
  'formats',
  'presets',
  'limits',
  'min',
  'max',
  'values',
  'title',
  'tags',
  'alt',
  'metadata',
  'imageId',
  'path',
  'format',
  'expiresIn',
  'policy',
  'name',
  'scopes',
  'url',
  'events',
  'resize',
  'text',
  't',
  'eager',
  'ids',
  'images',
  'tag',
  'preset',
  'all',
  'focal',
  'x',
  'y',
  'bytes',
  'sha256',
  'from',
  'reference',
  '__proto__',
]
export const nameOf = (random: Random) => (random.once(6) ? textOf(random, 3) : random.pick(fields))
