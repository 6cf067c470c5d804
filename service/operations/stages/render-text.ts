import { createRequire } from 'node:module'
import sharp from 'sharp'
import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import type { Color } from '../color.ts'
import type { Size } from '../shapes.ts'
import { applyOpacity, type Layer } from './layers.ts'

/** Faces of DejaVu, which comes with the service; what they lack is drawn by fonts of the system, if it has any. */
const faces = {
  sans: { description: 'DejaVu Sans', file: 'DejaVuSans.ttf' },
  'sans-bold': { description: 'DejaVu Sans Bold', file: 'DejaVuSans-Bold.ttf' },
  'sans-italic': { description: 'DejaVu Sans Oblique', file: 'DejaVuSans-Oblique.ttf' },
  condensed: { description: 'DejaVu Sans Condensed', file: 'DejaVuSansCondensed.ttf' },
  'condensed-bold': { description: 'DejaVu Sans Bold Condensed', file: 'DejaVuSansCondensed-Bold.ttf' },
  serif: { description: 'DejaVu Serif', file: 'DejaVuSerif.ttf' },
  'serif-bold': { description: 'DejaVu Serif Bold', file: 'DejaVuSerif-Bold.ttf' },
  'serif-italic': { description: 'DejaVu Serif Italic', file: 'DejaVuSerif-Italic.ttf' },
  mono: { description: 'DejaVu Sans Mono', file: 'DejaVuSansMono.ttf' },
  'mono-bold': { description: 'DejaVu Sans Mono Bold', file: 'DejaVuSansMono-Bold.ttf' },
} as const

export type FontName = keyof typeof faces

export const fonts = [
  'sans',
  'sans-bold',
  'sans-italic',
  'condensed',
  'condensed-bold',
  'serif',
  'serif-bold',
  'serif-italic',
  'mono',
  'mono-bold',
] as const satisfies readonly FontName[]

const { resolve } = createRequire(import.meta.url)

/** What is written, and how. */
export interface TextLayout {
  readonly text: string
  readonly font: FontName
  /** Of the letters, in pixels. */
  readonly size: number
  readonly color: Color
  /** Lines are broken at this width, in pixels. */
  readonly wrap: number
  readonly align: 'left' | 'centre' | 'right'
}

/**
 * Draws letters on nothing, cut to their ink. The text is data: none of it is read as markup.
 * @returns undefined when there is no ink
 * @throws DarkroomError `bad-url` when it is too large to be drawn
 */
export async function renderText({
  text,
  font,
  size,
  color,
  wrap,
  align,
}: TextLayout): Promise<Layer | undefined> {
  const { description, file } = faces[font]
  const hex = [color.r, color.g, color.b].map(value => value.toString(16).padStart(2, '0')).join('')
  const input = {
    text: `<span foreground="#${hex}">${escapeMarkup(aligned(text))}</span>`,
    font: `${description} ${size}px`,
    fontfile: resolve(`dejavu-fonts-ttf/ttf/${file}`),
    width: wrap,
    wrap: 'word-char',
    align,
    rgba: true,
  } as const
  try {
    const { data, info } = await sharp({ text: input, limitInputPixels: maxPixels })
      .raw()
      .toBuffer({ resolveWithObject: true })
    return await applyOpacity({ data, width: info.width, height: info.height }, color.alpha)
  } catch (error) {
    const message = messageOf(error)
    if (message.includes('no text to render')) return undefined
    if (message.includes('too big') || message.includes('pixel limit')) throw tooLarge(size, error)
    throw error
  }
}

/** A paragraph in which something runs from right to left: the blocks that Unicode keeps for such scripts. */
const leftwards = /^.*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}].*$/gmu

/**
 * Pango aligns paragraphs that run from right to left the other way round: so each becomes one that runs from left to
 * right and holds another, whose direction is its own.
 */
const aligned = (text: string) => text.replaceAll(leftwards, paragraph => `\u200e\u2068${paragraph}\u2069`)

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

const escapeMarkup = (text: string) => text.replaceAll(/[&<>"']/g, character => entities[character] ?? '')

/** The most that letters may take, in pixels, and the most of a side (cairo's limit). */
const maxPixels = 32_000_000
const maxSide = 32_000

/** Some fallback fonts have lines half as high again as their size. */
const lineHeight = 1.5
/** What no font has is drawn as a box of at least this size. */
const leastSize = 10
/** Ligatures of whole phrases, long dashes and cuneiform, in fonts that have them, are this many letters wide. */
const longLetter = /[\u2e3a\u2e3b\ufdfa-\ufdfd\u{12000}-\u{1254f}]/u
const longLetterEms = 12

/**
 * The most room that a text may take, before anything is laid out, in pixels: a letter is at most as wide as its font
 * is high, and of two lines that follow each other in a paragraph, both together are longer than the wrap.
 * @throws DarkroomError `bad-url` when that is too much
 */
export function boundTextSize(text: string, size: number, wrap: number): Size {
  const em = Math.max(size, leastSize)
  const paragraphs = aligned(text)
    .split(/[\n\u2028\u2029]/)
    .map(paragraph => {
      const letters = [...paragraph].map(letter => (longLetter.test(letter) ? longLetterEms * em : em))
      const width = letters.reduce((sum, letter) => sum + letter, 0)
      const lines = width <= wrap ? 1 : Math.min(letters.length, Math.floor((2 * width) / wrap) + 1)
      return { width, lines }
    })
  const longest = Math.max(...paragraphs.map(({ width }) => width))
  const widest = longLetter.test(text) ? longLetterEms * em : em
  const width = Math.ceil(Math.min(longest, Math.max(wrap, widest)))
  const height = Math.ceil(paragraphs.reduce((sum, { lines }) => sum + lines, 0) * lineHeight * em)
  if (width > maxSide || height > maxSide || width * height > maxPixels) throw tooLarge(size)
  return { width, height }
}

function tooLarge(size: number, cause?: unknown): DarkroomError {
  return new DarkroomError('bad-url', `text: s-${size} is too large for so long a text`, { cause })
}
