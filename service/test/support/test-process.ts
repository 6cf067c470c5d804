import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Counts } from './tap.ts'

/** How long a file, or a test that sets no limit itself, may take, in seconds. tap reads it from the environment. */
const testLimit = 300
/** How long a file may take that sets a longer limit itself, in milliseconds. */
const fileLimit = 900_000
/** How long the process may take to exit after its last file, in milliseconds. An open handle keeps it running. */
const exitLimit = 30_000
/** A process with more resident memory than this, in bytes, runs no further file. */
const memoryLimit = 2.5e9

/** Options of Node.js for a test process. A large young generation needs fewer collections. */
const nodeOptions = [
  '--enable-source-maps',
  '--max-semi-space-size=32',
  `--import=${new URL('./without-async-hooks.js', import.meta.url)}`,
]

/** The AWS SDK prints a notice of the end of Node 20 in each process, between the lines of the run. */
const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }

/** Begins the comment that a test process writes after each file. */
export const endMark = '# file ended '

/** What a test process tells after each file. */
export interface FileEnd {
  readonly counts: Counts
  /** The resident memory of the process, in bytes. */
  readonly memory: number
}

/** The result of one test file. */
export interface FileResult {
  readonly file: string
  readonly passed: boolean
  readonly counts: Counts
  /** The output of the file, which is TAP. */
  readonly tap: string
  /** Why the file failed, if no assertion says so. */
  readonly reason: string | undefined
  readonly seconds: number
}

/**
 * A process that runs test files, one after another. To load the service and to compile its code anew for each file
 * would take half of the CPU time of the run. tap's command line is not used: it loads each module through hooks in
 * another thread, in the test and in every program that a test starts.
 */
export class TestProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>
  readonly #exit: Promise<string | undefined>
  #isUsable = true
  #hasFailed = false
  #lastFile = ''

  constructor(environment: NodeJS.ProcessEnv, signal: AbortSignal) {
    const script = fileURLToPath(new URL('./test-worker.js', import.meta.url))
    this.#child = spawn(process.execPath, [...nodeOptions, script], {
      env: { ...environment, ...quiet, TAP: '1', TAP_TIMEOUT: String(testLimit) },
      stdio: ['pipe', 'pipe', 'inherit'],
      signal,
    })
    // the paths that a process did not read when it crashed
    this.#child.stdin.on('error', () => {})
    this.#exit = once(this.#child, 'exit').then(
      ([code, by]) => (code === 0 ? undefined : `the process exited with ${code ?? by}`),
      error => String(error),
    )
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Whether the process can run another file. */
  get isUsable(): boolean {
    return this.#isUsable
  }

  /** Lets the process run no further file. */
  retire(): void {
    this.#isUsable = false
  }

  /** Runs a compiled test file. Its process does not run another file at the same time. */
  async run(file: string): Promise<FileResult> {
    const started = performance.now()
    this.#lastFile = file
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), fileLimit)
    this.#child.stdin.write(`${file}\n`)
    const { tap, end } = await this.#readOutput()
    clearTimeout(limit)
    this.#isUsable = end !== undefined && end.memory < memoryLimit
    const counts = end?.counts ?? noCounts
    const reason = end === undefined ? await this.#exit : reasonOf(counts)
    const passed = reason === undefined && counts.fail === 0
    this.#hasFailed ||= !passed
    return { file, passed, counts, tap, reason, seconds: (performance.now() - started) / 1000 }
  }

  /** Waits for the process to exit. @returns a failure, if the process does not end well although its files passed */
  async end(): Promise<FileResult[]> {
    this.#child.stdin.end()
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), exitLimit)
    const reason = await this.#exit
    clearTimeout(limit)
    if (this.#hasFailed || reason === undefined) return []
    return [{ file: `after ${this.#lastFile}`, passed: false, counts: noCounts, tap: '', reason, seconds: 0 }]
  }

  /** Reads the output up to the end of the file, or of the process. */
  async #readOutput(): Promise<{ tap: string; end?: FileEnd }> {
    const tap: string[] = []
    for (;;) {
      const { value: line, done } = await this.#lines.next()
      if (done) return { tap: tap.join('\n') }
      if (line.startsWith(endMark))
        return { tap: tap.join('\n'), end: JSON.parse(line.slice(endMark.length)) }
      tap.push(line)
    }
  }
}

const noCounts: Counts = { pass: 0, fail: 0, skip: 0 }

/** Why a file that has these counts is not good, if no assertion failed. */
function reasonOf({ pass, fail, skip }: Counts): string | undefined {
  return pass + fail + skip === 0 ? 'it tested nothing' : undefined
}
