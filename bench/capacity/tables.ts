/** A number as the tables print it: three digits of those below 100. */
export function amountOf(value: number): string {
  const digits =
    value === 0 || value >= 100 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)) + 1))
  return value.toLocaleString('en', { maximumFractionDigits: Math.min(digits, 3) })
}

export const times = (factor: number) => `${amountOf(factor)}×`

/** A Markdown table whose first column is text. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const isNumber = (column: number) =>
    column > 0 && rows.every(row => /^[\d,.]+( %)?$|^–?$/.test(row[column] ?? ''))
  const line = head.map((_, column) => (isNumber(column) ? '--:' : '---'))
  return [head, line, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}
