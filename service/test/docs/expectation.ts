/** Stands for any text in an expected output. */
const ellipsis = '…'

/**
 * Compares what a block printed with the output block that follows it, loosely. JSON must have the fields that the page
 * shows, of the same types, and the same values of `status` and `code`. Any other output must have the lines that the
 * page shows, where `…` stands for any text: in this order, or in any order for headers (`http`).
 * @returns what differs; undefined when nothing does
 */
export function differenceOf(language: string, expected: string, printed: string): string | undefined {
  if (language === 'json') return jsonDifference(JSON.parse(expected), parseJson(printed), '')
  return linesDifference(expected, printed, language !== 'http')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Fields whose values are part of the contract. */
const exact = new Set(['status', 'code', 'state', 'role', 'format'])

function jsonDifference(expected: unknown, actual: unknown, at: string): string | undefined {
  // a page may show null where there is a value now, and the other way round
  if (expected === null || (actual === null && at !== '')) return undefined
  const kinds = [expected, actual].map(value => (Array.isArray(value) ? 'array' : typeof value))
  if (kinds[0] !== kinds[1]) return `${at || 'the output'}: expected ${kinds[0]}, got ${kinds[1]}`
  if (typeof expected !== 'object') {
    const name = at.split('.').at(-1) ?? ''
    return exact.has(name) && !matches(String(expected), String(actual))
      ? `${at}: expected ${expected}, got ${actual}`
      : undefined
  }
  return Object.entries(expected)
    .map(([name, value]) => {
      const inner = (actual as Record<string, unknown>)[name]
      if (inner === undefined) return `${at}.${name} is missing`
      return jsonDifference(value, inner, `${at}.${name}`)
    })
    .find(difference => difference !== undefined)
}

function linesDifference(expected: string, printed: string, ordered: boolean): string | undefined {
  const wanted = expected.split('\n').filter(line => line.trim() !== '')
  const lines = printed.split(/\r?\n/)
  let next = 0
  for (const line of wanted) {
    const found = lines.findIndex((one, at) => at >= next && matches(line, one))
    if (found < 0) return `expected the line: ${line}`
    if (ordered) next = found + 1
  }
  return undefined
}

function matches(expected: string, actual: string): boolean {
  const parts = expected.trim().split(ellipsis)
  const pattern = parts.map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')
  return new RegExp(`^${pattern}$`, 'i').test(actual.trim())
}
