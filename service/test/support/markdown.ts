/** A fenced code block of a page. */
export interface Block {
  /** The first word after the fence, such as `sh`. */
  readonly language: string
  /** The words after the language, such as `not-run=docker`. */
  readonly infoWords: readonly string[]
  readonly code: string
  /** The line of the opening fence, from 1. */
  readonly line: number
}

const fence = /^( *)```(\S*)([^\n]*)\n([\s\S]*?)^\1```$/gm

/** The fenced code blocks of a Markdown page, in their order. */
export function blocksOf(page: string): Block[] {
  return [...page.matchAll(fence)].map(([, indent = '', language = '', infoWords = '', code = ''], at) => ({
    language,
    infoWords: infoWords.split(' ').filter(Boolean),
    code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    line: lineOf(page, at),
  }))
}

function lineOf(page: string, block: number): number {
  const index = [...page.matchAll(fence)][block]?.index ?? 0
  return page.slice(0, index).split('\n').length
}

/** A page without its fenced code blocks and without inline code. */
export function proseOf(page: string): string {
  return page.replaceAll(fence, '').replaceAll(/`[^`\n]*`/g, '')
}

/** The targets of a page's links and images, Markdown and HTML. */
export function linksOf(page: string): string[] {
  const prose = proseOf(page)
  const markdown = [...prose.matchAll(/\]\(([^()\s]+)\)/g)]
  const html = [...prose.matchAll(/\b(?:src|href|srcset)="([^"\s]+)"/g)]
  return [...markdown, ...html].map(([, target = '']) => target)
}

/** The anchors that GitHub generates for a page's headings. */
export function anchorsOf(page: string): Set<string> {
  const headings = [...page.replaceAll(fence, '').matchAll(/^#{1,6} +(.+)$/gm)]
  const seen = new Map<string, number>()
  return new Set(
    headings.map(([, heading = '']) => {
      const slug = slugOf(heading)
      const times = seen.get(slug) ?? 0
      seen.set(slug, times + 1)
      return times === 0 ? slug : `${slug}-${times}`
    }),
  )
}

function slugOf(heading: string): string {
  const text = heading
    .trim()
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
  return text.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-')
}
