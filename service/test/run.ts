import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../errors/catalogue.ts'
import { failuresOf } from './support/failures.ts'
import { followProgress } from './support/progress.ts'
import { startRunServers } from './support/run-servers.ts'

const service = fileURLToPath(new URL('../', import.meta.url))
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** What tap counted over all files. */
interface Counts {
  readonly pass: number
  readonly fail: number
  readonly skip: number
}

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
  const servers = await startRunServers()
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-run-'))
  try {
    stopped.signal.throwIfAborted()
    const output = join(folder, 'output.tap')
    const ended = await runTap(files, output, { ...process.env, ...servers.environment }, stopped.signal)
    const tap = await readFile(output, 'utf8').catch(() => '')
    console.log(failuresOf(tap))
    return report(readCounts(tap), ended)
  } finally {
    await servers.stop()
    await rm(folder, { recursive: true, force: true })
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

/** Runs tap over the files. Resolves with whether all of them passed; aborting ends tap and its tests. */
async function runTap(
  files: readonly string[],
  output: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<boolean> {
  const words = ['run', '--reporter=silent', `--output-file=${output}`, ...files]
  const tap: ChildProcess = spawn(join(root, 'node_modules/.bin/tap'), words, { env, stdio: 'inherit' })
  const end = () => tap.kill('SIGTERM')
  signal.addEventListener('abort', end, { once: true })
  const progress = followProgress(output, files.length)
  const [code] = await once(tap, 'exit')
  await progress.stop()
  signal.removeEventListener('abort', end)
  return code === 0
}

/** tap ends its output with a line such as `# { total: 118, pass: 115, fail: 2, skip: 1 }`. */
function readCounts(tap: string): Counts | undefined {
  const summary = tap.match(/^# \{ (.*) \}$/gm)?.at(-1)
  if (summary === undefined) return undefined
  const count = (name: string) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(summary)?.[1] ?? 0)
  return { pass: count('pass'), fail: count('fail'), skip: count('skip') }
}

/** Prints the counts as the last line. A run that tested nothing, or that tap did not end well, has failed. */
function report(counts: Counts | undefined, ended: boolean): boolean {
  const { pass, fail, skip } = counts ?? { pass: 0, fail: 0, skip: 0 }
  const good = ended && pass > 0 && fail === 0
  if (skip > 0) console.log(`${skip} skipped`)
  console.log(`\n${pass} passed, ${good ? 0 : Math.max(1, fail)} failed`)
  return good
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
