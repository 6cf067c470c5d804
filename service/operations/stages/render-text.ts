import { createRequire } from 'node:module'
import sharp from 'sharp'
import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import type { Color } from '../color.ts'
import type { Size } from '../shapes.ts'
import { applyOpacity, type Layer } from './layers.ts'

/** The DejaVu fonts, which come with the service. Characters that they lack fall back to the system's fonts, if any. */
const fontFiles = {
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

export type FontName = keyof typeof fontFiles

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

/** A text and its layout. */
export interface TextLayout {
  readonly text: string
  readonly font: FontName
  /** Font size in pixels. */
  readonly size: number
  readonly color: Color
  /** The width at which lines wrap, in pixels. */
  readonly wrap: number
  readonly align: 'left' | 'centre' | 'right'
}

/**
 * Renders text on a transparent layer, cropped to its ink. The text is data: no part of it is interpreted as markup.
 * @returns undefined when the text has no ink
 * @throws DarkroomError `bad-url` when it is too large to render
 */
export async function renderText({
  text,
  font,
  size,
  color,
  wrap,
  align,
}: TextLayout): Promise<Layer | undefined> {
  const { description, file } = fontFiles[font]
  const hex = [color.r, color.g, color.b].map(value => value.toString(16).padStart(2, '0')).join('')
  const input = {
    text: `<span foreground="#${hex}">${escapeMarkup(isolateRightToLeft(text))}</span>`,
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

/** A paragraph that contains right-to-left script, by the blocks that Unicode reserves for such scripts. */
const rightToLeftParagraph =
  /^.*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}].*$/gmu

/**
 * Pango mirrors the alignment of right-to-left paragraphs. So each becomes a left-to-right paragraph that isolates the
 * original one, which keeps its own direction.
 */
const isolateRightToLeft = (text: string) =>
  text.replaceAll(rightToLeftParagraph, paragraph => `\u200e\u2068${paragraph}\u2069`)

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

const escapeMarkup = (text: string) => text.replaceAll(/[&<>"']/g, character => entities[character] ?? '')

/** The largest rendered text, in pixels, and its longest side (cairo's limit). */
const maxPixels = 32_000_000
const maxSide = 32_000

/** Line height in ems. Lines of some fallback fonts are 1.5 times as high as their size. */
const lineHeight = 1.5
/** Characters that no font has are drawn as boxes of at least this size, in pixels. */
const minEm = 10
/** Ligatures of whole phrases, long dashes and cuneiform: in fonts that have them they are up to 12 ems wide. */
const wideCharacter = /[\u2e3a\u2e3b\ufdfa-\ufdfd\u{12000}-\u{1254f}]/u
const wideCharacterEms = 12

/**
 * An upper bound of a text's size in pixels, computed before layout: a character is at most as wide as its font is
 * high, and two consecutive lines of a paragraph are together longer than the wrap width.
 * @throws DarkroomError `bad-url` when the bound exceeds what can be rendered
 */
export function boundTextSize(text: string, size: number, wrap: number): Size {
  const em = Math.max(size, minEm)
  const paragraphs = isolateRightToLeft(text)
    .split(/[\n\u2028\u2029]/)
    .map(paragraph => {
      const widths = [...paragraph].map(character =>
        wideCharacter.test(character) ? wideCharacterEms * em : em,
      )
      const width = widths.reduce((sum, width) => sum + width, 0)
      const lines = width <= wrap ? 1 : Math.min(widths.length, Math.floor((2 * width) / wrap) + 1)
      return { width, lines }
    })
  const longest = Math.max(...paragraphs.map(({ width }) => width))
  const widest = wideCharacter.test(text) ? wideCharacterEms * em : em
  const width = Math.ceil(Math.min(longest, Math.max(wrap, widest)))
  const height = Math.ceil(paragraphs.reduce((sum, { lines }) => sum + lines, 0) * lineHeight * em)
  if (width > maxSide || height > maxSide || width * height > maxPixels) throw tooLarge(size)
  return { width, height }
}

function tooLarge(size: number, cause?: unknown): DarkroomError {
  return new DarkroomError(
    'bad-url',
    `text: s-${size} is too large for this text, expected a smaller size or a shorter text`,
    { cause },
  )
}
