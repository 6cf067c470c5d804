import { modernColor } from './svg-colors.ts'

/** Tags and the text between them. A `<` ends a piece, so that the time is linear for any input. */
const piece = /<[^<>]*>?|[^<]+/g
/** A custom property. Its value cannot end an attribute or a tag, wherever it is inserted. */
const definition = /(?<![\w-])--([\w-]{1,100})\s*:([^;{}"'<>&]{1,200})/g
const reference = /var\(\s*--([\w-]{1,100})\s*(?:,([^()]{0,200}(?:\([^()]{0,200}\)[^()]{0,200}){0,4}))?\)/g
const color =
  /(?<![\w-])(rgba?|hsla?|hwb|oklab|oklch|color)\(([^()"'<>&]{1,100})\)|(?<![\w-])rebeccapurple(?![\w-])/gi

/** Maximum depth of properties that refer to others. */
const maxDepth = 4
/** Maximum number of characters that references may add to a document, because nested references multiply them. */
const maxGrowth = 4_000_000

/**
 * Replaces `var()` and modern colours, which the renderer ignores, by values it understands, in tags and style sheets.
 * The first definition of a custom property applies to the whole document: later ones are usually for a dark scheme.
 */
export function withPlainStyles(text: string): string {
  const properties = new Map<string, string>()
  if (text.includes('var('))
    for (const [, name = '', value = ''] of text.matchAll(definition))
      if (!properties.has(name)) properties.set(name, value.trim())
  const budget = { left: maxGrowth }
  let inStyle = false
  return text.replace(piece, part => {
    const isTag = part.startsWith('<')
    if (isTag && !part.startsWith('<!')) inStyle = /^<(?:[\w.-]+:)?style[\s>]/.test(part)
    if (!(isTag || inStyle)) return part
    return resolve(part, properties, budget).replace(color, (all, name, values) =>
      name === undefined ? 'rgb(102,51,153)' : (modernColor(name.toLowerCase(), values) ?? all),
    )
  })
}

function resolve(text: string, properties: ReadonlyMap<string, string>, budget: { left: number }): string {
  let resolved = text
  for (let depth = 0; depth < maxDepth && resolved.includes('var('); depth++)
    resolved = resolved.replace(reference, (all: string, name: string, fallback?: string) => {
      const value = properties.get(name) ?? fallback?.trim()
      if (value === undefined || value.length > all.length + budget.left) return all
      budget.left -= Math.max(0, value.length - all.length)
      return value
    })
  return resolved
}
