/** How many lines of the details of one failure are worth showing. */
const most = 60

/**
 * The failures of a TAP text, each under the name of its file and with the details that follow it. tap's own
 * reporters draw for a terminal and may end before they have written everything to a pipe.
 */
export function failuresOf(tap: string): string {
  const lines = tap.split('\n')
  const shown: string[] = []
  let file = ''
  for (const [at, line] of lines.entries()) {
    if (line.startsWith('# Subtest: ')) file = line.slice('# Subtest: '.length)
    // the outermost line of a file only sums its failures up, unless the file itself did not end well
    if (!/^\s*not ok /.test(line) || lines[at + 1]?.trim() !== '---') continue
    const end = lines.findIndex((other, index) => index > at && other.trim() === '...')
    shown.push(`${file}:`, ...lines.slice(at, Math.min(end + 1, at + most)).map(one => one.slice(0, 300)), '')
  }
  return shown.join('\n')
}
