/** Maximum number of lines of details that are shown per failure. */
const most = 60

/**
 * Extracts the failures from TAP output, each with its file's name and the details that follow. tap's own reporters
 * format for a terminal and may exit before they have written all of their output to a pipe.
 */
export function failuresOf(tap: string): string {
  const lines = tap.split('\n')
  const shown: string[] = []
  let file = ''
  for (const [at, line] of lines.entries()) {
    if (line.startsWith('# Subtest: ')) file = line.slice('# Subtest: '.length)
    // the outermost line of a file only summarizes its failures, unless the file itself failed
    if (!/^\s*not ok /.test(line) || lines[at + 1]?.trim() !== '---') continue
    const end = lines.findIndex((other, index) => index > at && other.trim() === '...')
    shown.push(`${file}:`, ...lines.slice(at, Math.min(end + 1, at + most)).map(one => one.slice(0, 300)), '')
  }
  return shown.join('\n')
}
