import type { WriteStream } from 'node:tty'

/** The progress of one file. */
export interface Progress {
  readonly name: string
  /** In bytes. */
  readonly done: number
  /** In bytes; 0 when unknown. */
  readonly total: number
  readonly elapsedMs: number
}

/** A progress bar; without a terminal it does nothing. */
export interface ProgressBar {
  /** Adds bytes that were read. */
  add(bytes: number): void
  /** Removes the bar from the terminal. */
  clear(): void
}

const redrawMs = 100
const maxName = 28
const maxBar = 30
const usualColumns = 80

/** Draws a file's progress on a terminal, at most ten times a second; without a terminal it writes nothing. */
export function startProgress(terminal: WriteStream, file: { name: string; total: number }): ProgressBar {
  if (!terminal.isTTY) return { add() {}, clear() {} }
  const begun = performance.now()
  let done = 0
  const draw = () => {
    // a terminal of unknown size reports 0 columns
    const columns = terminal.columns || usualColumns
    const line = renderProgress({ ...file, done, elapsedMs: performance.now() - begun }, columns)
    terminal.write(`\r\x1b[2K${line}`)
  }
  const timer = setInterval(draw, redrawMs)
  draw()
  return {
    add(bytes) {
      done += bytes
    },
    clear() {
      clearInterval(timer)
      terminal.write('\r\x1b[2K')
    },
  }
}

/** Renders one line that fits the terminal: name, bar, percentage, bytes, speed and remaining time. */
export function renderProgress({ name, done, total, elapsedMs }: Progress, columns = usualColumns): string {
  const speed = elapsedMs > 0 ? (done / elapsedMs) * 1000 : 0
  const share = total > 0 ? Math.min(1, done / total) : 0
  const left = share >= 1 ? 'storing' : `${clock(speed > 0 ? (total - done) / speed : 0)} left`
  const known = [
    `${Math.floor(share * 100)}%`.padStart(4),
    `${megabytes(done)}/${megabytes(total)} MB`,
    `${megabytes(speed)} MB/s`,
    left,
  ]
  const facts = (total > 0 ? known : [`${megabytes(done)} MB`, `${megabytes(speed)} MB/s`]).join('  ')
  const label = shorten(printable(name), maxName)
  const room = Math.min(maxBar, columns - label.length - facts.length - 6)
  const filled = Math.round(share * room)
  const bar = room >= 5 && total > 0 ? `[${'#'.repeat(filled)}${'.'.repeat(room - filled)}]  ` : ''
  return `${label}  ${bar}${facts}`.slice(0, columns - 1)
}

/** Replaces control characters, as a file name may contain sequences that move the terminal's cursor. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?')
}

const shorten = (text: string, length: number) =>
  text.length > length ? `…${text.slice(text.length - length + 1)}` : text

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)

function clock(seconds: number): string {
  const whole = Math.ceil(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
