import { rootAt } from './svg-text.ts'

/** A declaration of a background in a style, with its colour. Of `light-dark()` only the first colour is taken. */
const declaration =
  /(?:^|[;"'\s])background(?:-color)?\s*:\s*(?:light-dark\(\s*)?(#(?:[\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})|rgba?\(\s*\d+%?(?:(?:\s*,\s*|\s+)\d+%?){2}(?:\s*,\s*[\d.]{1,10}%?)?\s*\)|[a-z]{3,30})(?![\w-])/gi
/** The basic colours. Other words are ignored, because the renderer would reject an unknown one. */
const names =
  /^(aqua|black|blue|fuchsia|gr[ae]y|green|lime|maroon|navy|olive|orange|purple|red|silver|teal|white|yellow)$/
/** Characters of the root's start tag that are read. */
const maxTag = 10_000

/**
 * The colour behind a drawing, which the renderer ignores: the background that the root element's own style sets, as
 * diagram editors write it. Backgrounds in style sheets are not read.
 */
export function backgroundOf(text: string): string | undefined {
  const begin = rootAt(text)
  if (begin < 0) return undefined
  const tag = text.slice(begin, begin + maxTag)
  const style = /\sstyle\s*=\s*("[^"]*"|'[^']*')/.exec(tag.slice(0, endOfTag(tag)))?.[1] ?? ''
  const color = [...style.matchAll(declaration)].at(-1)?.[1]?.toLowerCase()
  return color === undefined || (/^[a-z]+$/.test(color) && !names.test(color)) ? undefined : color
}

/** The offset of the `>` that no quotes enclose. */
function endOfTag(tag: string): number {
  let quote = ''
  for (let at = 0; at < tag.length; at++) {
    const character = tag.charAt(at)
    if (quote !== '') quote = character === quote ? '' : quote
    else if (character === '"' || character === "'") quote = character
    else if (character === '>') return at
  }
  return tag.length
}
