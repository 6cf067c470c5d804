import { type ChildProcess, type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** The compiled `darkroom` program, beside this test. */
const program = fileURLToPath(new URL('../../darkroom.cjs', import.meta.url))

type Variables = Readonly<Record<string, string>>
type Piped = ChildProcessByStdio<Writable, Readable, Readable>

/** How a call of the program ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Only these variables: the test run's own are none of the program's business. */
const environment = (variables: Variables) => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  ...variables,
})

/** Starts the program; whoever does so ends it. */
export function start(words: readonly string[], variables: Variables): Piped {
  return spawn(process.execPath, [program, ...words], { env: environment(variables), stdio: 'pipe' })
}

/** Starts the program with its input and its errors on a terminal, and its results in a file. */
export function startOnTerminal(words: readonly string[], variables: Variables, results: string): Piped {
  const command = [process.execPath, program, ...words].map(word => `'${word}'`).join(' ')
  const line = `${command} > '${results}'`
  return spawn('script', ['-qec', line, '/dev/null'], { env: environment(variables), stdio: 'pipe' })
}

/** Whether this machine has util-linux' `script`, which offers a terminal. */
export async function hasTerminal(): Promise<boolean> {
  const version = await promisify(execFile)('script', ['--version']).catch(() => undefined)
  return version?.stdout.includes('util-linux') ?? false
}

/** Waits for the program's end. */
export async function endOf(child: Piped): Promise<Ended> {
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, stdout, stderr }
}

/** Runs the program to its end, with `input` on its standard input. */
export function run(words: readonly string[], variables: Variables, input = ''): Promise<Ended> {
  const child = start(words, variables)
  child.stdin.end(input)
  return endOf(child)
}

/** Waits until a stream has said something; returns what it said up to then. */
export async function heard(stream: Readable, what: string): Promise<string> {
  let said = ''
  const { promise, resolve, reject } = deferred()
  const listen = (chunk: Buffer) => {
    said += chunk
    if (said.includes(what)) resolve()
  }
  const end = () => reject(new Error(`it ended without ${what}: ${said}`))
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

/** Ends a process that a test has left running. */
export function stop(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
}
