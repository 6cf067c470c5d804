import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../errors/catalogue.ts'
import { failuresOf } from './support/failures.ts'
import { createRunFolder } from './support/run-folder.ts'
import { startRunServers } from './support/run-servers.ts'
import { type FileResult, TestProcess } from './support/test-process.ts'

const service = fileURLToPath(new URL('../', import.meta.url))

/**
 * How many files run at once. Many of them wait for servers and timers, so this is more than the usual two cores: three
 * are files that compute, and two of those that mostly wait, as long as there are such files.
 */
const lanes = ['computing', 'computing', 'computing', 'waiting', 'waiting'] as const

/**
 * Files that need a process of their own: two change its home directory, which fontconfig reads once, and two count its
 * child processes.
 */
const alone =
  /(operations\/svg|fonts\/system-fonts|ingest\/hostile-uploads|isolation\/process-pool)\.test\.js$/

/**
 * Files that use less than half of a core, because they wait for leases, timeouts, servers that start or programs. Side by
 * side, they would leave cores idle.
 */
const waits =
  /test\/(deployment|edge|faults)\/|-cluster\.test|(change-listener|nats|nats-failures|imports|webhook-deliveries|user-deletion|throttling)\.test\.js$/

/** Unit tests are short, so they come last: then all lanes end at nearly the same time. */
const isShort = (file: string) => !/service\/(test|commands)\//.test(file)

/**
 * Runs the compiled tests on real servers that all files share, and stops the servers at the end.
 * `words` select the files whose path contains one of them; without words every file runs.
 */
async function main(words: readonly string[]): Promise<boolean> {
  const files = await findTests(words)
  if (files.length === 0) throw new Error(`no test file has ${words.join(' or ')} in its path`)
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // `on`, not `once`: a second signal must not end the process before the servers are stopped
    process.on(signal, () => stopped.abort(new Error(`the run was ended by ${signal}`)))
  }
  const folder = await createRunFolder()
  process.env.TMPDIR = folder.path
  try {
    const servers = await startRunServers()
    try {
      const environment = { ...process.env, ...servers.environment }
      return report(await runAll(files, environment, stopped.signal))
    } finally {
      await servers.stop()
    }
  } finally {
    await folder.remove()
  }
}

/** The compiled test files whose path contains one of the words, or all of them. */
async function findTests(words: readonly string[]): Promise<string[]> {
  const found = await readdir(service, { recursive: true })
  const scripts = found
    .filter(file => file.endsWith('.js'))
    .map(file => relative(process.cwd(), join(service, file)))
    .sort()
  const tests = scripts.filter(file => file.endsWith('.test.js'))
  if (words.length === 0) return tests
  // a whole path may name a script that is no test, such as the one that takes the screenshots
  const named = scripts.filter(file => words.includes(file))
  return [...new Set([...named, ...tests.filter(file => words.some(word => file.includes(word)))])]
}

/** Runs the files in a few processes, and prints a line as soon as one ends. @throws the reason of the signal */
async function runAll(
  files: readonly string[],
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<FileResult[]> {
  const results: FileResult[] = []
  const take = createSchedule(files)
  const add = (result: FileResult) => {
    results.push(result)
    const place = `${String(results.length).padStart(String(files.length).length)}/${files.length}`
    const seconds = result.seconds.toFixed(1).padStart(6)
    console.log(`${place} ${result.passed ? 'passed' : 'FAILED'} ${seconds} s  ${result.file}`)
  }
  const runLane = async (kind: (typeof lanes)[number], lane: number) => {
    const start = () => new TestProcess({ ...environment, DARKROOM_TEST_LANE: String(lane) }, signal)
    let tests: TestProcess | undefined
    for (let file = take(kind); file !== undefined; file = take(kind)) {
      signal.throwIfAborted()
      const isAlone = alone.test(file)
      if (tests && (isAlone || !tests.isUsable)) {
        results.push(...(await tests.end()))
        tests = undefined
      }
      tests ??= start()
      add(await tests.run(file))
      if (isAlone) tests.retire()
    }
    if (tests) results.push(...(await tests.end()))
  }
  await Promise.all(lanes.map(runLane))
  signal.throwIfAborted()
  return results
}

/** Returns a function that returns the next file for a lane: first one of its kind, then any other. */
function createSchedule(files: readonly string[]): (kind: (typeof lanes)[number]) => string | undefined {
  // first those that need a process of their own: later, each would end a process that has loaded and compiled the service
  const rank = (file: string) => (alone.test(file) ? 0 : isShort(file) ? 2 : 1)
  const sorted = [...files].sort((a, b) => rank(a) - rank(b))
  const queues = {
    computing: sorted.filter(file => !waits.test(file)),
    waiting: sorted.filter(file => waits.test(file)),
  }
  return kind => queues[kind].shift() ?? queues.computing.shift() ?? queues.waiting.shift()
}

/** Prints the failures, and the counts as the last line. @returns whether all passed */
function report(results: readonly FileResult[]): boolean {
  const failed = results.filter(result => !result.passed)
  for (const { file, tap, reason } of failed) {
    console.log(`\n${file}:${reason === undefined ? '' : ` ${reason}`}\n${failuresOf(tap)}`)
  }
  const sum = (name: keyof FileResult['counts']) => results.reduce((all, { counts }) => all + counts[name], 0)
  if (sum('skip') > 0) console.log(`${sum('skip')} skipped`)
  const failures = failed.length === 0 ? 0 : Math.max(failed.length, sum('fail'))
  console.log(`\n${sum('pass')} passed, ${failures} failed`)
  return failed.length === 0
}

main(process.argv.slice(2)).then(
  good => {
    process.exitCode = good ? 0 : 1
  },
  error => {
    console.error(messageOf(error))
    console.log('0 passed, 1 failed')
    process.exitCode = 1
  },
)
