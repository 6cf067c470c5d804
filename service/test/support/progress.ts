import { open } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

/** Polling interval of the output, in milliseconds. */
const everyMs = 500

/**
 * Prints a line for each test file as soon as it ends, by reading tap's output file. tap's own reporters format for
 * a terminal and print nothing useful to a pipe.
 */
export function followProgress(output: string, total: number): { stop(): Promise<void> } {
  let done = 0
  let position = 0
  let rest = ''
  const read = async () => {
    const file = await open(output).catch(() => undefined)
    if (file === undefined) return
    try {
      const { size } = await file.stat()
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(size - position),
        0,
        size - position,
        position,
      )
      position += bytesRead
      const lines = (rest + buffer.toString('utf8', 0, bytesRead)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const ended = endOf(line)
        if (ended) console.log(`${String(++done).padStart(String(total).length)}/${total} ${ended}`)
      }
    } finally {
      await file.close()
    }
  }
  const stopped = new AbortController()
  const reading = (async () => {
    while (!stopped.signal.aborted) {
      await read()
      await setTimeout(everyMs, undefined, { signal: stopped.signal }).catch(() => {})
    }
    await read()
  })()
  return {
    stop() {
      stopped.abort()
      return reading
    },
  }
}

/** A file's result and duration, from a top-level line such as `ok 3 - dist/a.test.js # time=812.4ms`. */
function endOf(line: string): string | undefined {
  const [, result, file, ms] = /^(ok|not ok) \d+ - (\S+)(?: # time=([\d.]+)ms)?/.exec(line) ?? []
  if (file === undefined) return undefined
  const seconds = ms === undefined ? '' : `${(Number(ms) / 1000).toFixed(1).padStart(6)} s  `
  return `${result === 'ok' ? 'passed' : 'FAILED'} ${seconds}${file}`
}
