import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** How long a test may take that sets no limit itself, in seconds. tap reads this limit from the environment. */
const testLimit = 300
/** How long a file may take, in milliseconds: a process that hangs after its tests does not stop the run. */
const fileLimit = 900_000

/** Options of Node.js for a test file. A large young generation needs fewer collections. */
const nodeOptions = [
  '--enable-source-maps',
  '--max-semi-space-size=32',
  `--import=${new URL('./without-async-hooks.js', import.meta.url)}`,
]

/** The assertions that tap counted in a file. */
export interface Counts {
  readonly pass: number
  readonly fail: number
  readonly skip: number
}

/** The result of one test file. */
export interface FileResult {
  readonly file: string
  readonly passed: boolean
  readonly counts: Counts
  /** The standard output of the file, which is TAP. */
  readonly tap: string
  /** Why the file failed, if no assertion says so. */
  readonly reason: string | undefined
  readonly seconds: number
}

/**
 * Runs one compiled test file in a process of its own. tap's command line is not used: it loads each module through
 * hooks in another thread, in the test and in every program that a test starts, which takes two thirds of the time to
 * start.
 */
export async function runTestFile(
  file: string,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<FileResult> {
  const started = performance.now()
  const child = spawn(process.execPath, [...nodeOptions, file], {
    env: { ...environment, TAP: '1', TAP_TIMEOUT: String(testLimit) },
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(fileLimit)]),
  })
  const exit = once(child, 'exit').then(
    ([code, by]) => (code === 0 ? undefined : `it exited with ${code ?? by}`),
    error => String(error),
  )
  const [stopped, tap] = await Promise.all([exit, text(child.stdout)])
  const counts = countsOf(tap)
  const reason = stopped ?? (counts.pass + counts.skip === 0 ? 'it tested nothing' : undefined)
  const passed = reason === undefined && counts.fail === 0
  return { file, passed, counts, tap, reason, seconds: (performance.now() - started) / 1000 }
}

/** A file's output ends with a line such as `# { total: 118, pass: 115, fail: 2, skip: 1 }`, or it plans no test. */
function countsOf(tap: string): Counts {
  if (/^1\.\.0 #/m.test(tap)) return { pass: 0, fail: 0, skip: 1 }
  const summary = tap.match(/^# \{ (.*) \}$/gm)?.at(-1) ?? ''
  const count = (name: string) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(summary)?.[1] ?? 0)
  return { pass: count('pass'), fail: count('fail'), skip: count('skip') }
}
