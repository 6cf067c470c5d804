import { type ChildProcess, type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** The bundled `darkroom` program in the same build. */
export const program = fileURLToPath(new URL('../../../program/darkroom.cjs', import.meta.url))

type Variables = Readonly<Record<string, string>>
type Piped = ChildProcessByStdio<Writable, Readable, Readable>

/**
 * Options of Node.js for the program, which a test runs for a second or two: V8 waits longer before it optimizes a
 * function. Optimizing took a third of the CPU time of a start.
 */
const nodeOptions = [
  '--max-lazy',
  // the V8 of later versions counts otherwise, and refuses the option
  ...(process.versions.node.startsWith('20.') ? ['--interrupt-budget=2000000'] : []),
]

/** The result of a run of the program. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The variables for the program, without those of the test run. */
const environment = (variables: Variables) => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  ...variables,
})

/** Starts the program. The caller must stop it. */
export function start(words: readonly string[], variables: Variables): Piped {
  return spawn(process.execPath, [...nodeOptions, program, ...words], {
    env: environment(variables),
    stdio: 'pipe',
  })
}

/** Starts the program with stdin and stderr on a terminal, and stdout in a file. */
export function startOnTerminal(words: readonly string[], variables: Variables, results: string): Piped {
  const command = [process.execPath, program, ...words].map(word => `'${word}'`).join(' ')
  const line = `${command} > '${results}'`
  return spawn('script', ['-qec', line, '/dev/null'], { env: environment(variables), stdio: 'pipe' })
}

/** Whether util-linux' `script`, which provides a terminal, is installed. */
export async function hasTerminal(): Promise<boolean> {
  const version = await promisify(execFile)('script', ['--version']).catch(() => undefined)
  return version?.stdout.includes('util-linux') ?? false
}

/** Waits for the program to exit. */
export async function endOf(child: Piped): Promise<Ended> {
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, stdout, stderr }
}

/** Runs the program until it exits, with `input` as its standard input. */
export function run(words: readonly string[], variables: Variables, input = ''): Promise<Ended> {
  const child = start(words, variables)
  child.stdin.end(input)
  return endOf(child)
}

/** Waits until a stream's output includes a text. @returns the output so far */
export async function heard(stream: Readable, what: string): Promise<string> {
  let said = ''
  const { promise, resolve, reject } = deferred()
  const listen = (chunk: Buffer) => {
    said += chunk
    if (said.includes(what)) resolve()
  }
  const end = () => reject(new Error(`the output ended without ${what}: ${said}`))
  stream.on('data', listen).once('end', end)
  await promise.finally(() => stream.off('data', listen).off('end', end))
  return said
}

function deferred() {
  let resolve = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** Kills the process if it is still running. */
export function stop(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
}
