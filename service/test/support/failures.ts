/** Maximum number of lines of details that are shown per failure. */
const most = 60

/** Extracts the failures of a test file from its TAP output, with the details that follow each. */
export function failuresOf(tap: string): string {
  const lines = tap.split('\n')
  const shown: string[] = []
  for (const [at, line] of lines.entries()) {
    // the line of an outer test only repeats the failure of an inner one
    if (!/^\s*not ok /.test(line) || lines[at + 1]?.trim() !== '---') continue
    const end = lines.findIndex((other, index) => index > at && other.trim() === '...')
    shown.push(...lines.slice(at, Math.min(end + 1, at + most)).map(one => one.slice(0, 300)), '')
  }
  return shown.join('\n')
}
