import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import tap, { type Test } from 'tap'

export type { Test }

/** The test file that runs. A process runs several files, each as a subtest. */
let file: Test = tap

export { file as default }

/** Why a test file does not run on this machine. */
class Skipped extends Error {}

/** Ends a test file before its first test. The run counts it as skipped. */
export function skipFile(reason: string): never {
  throw new Skipped(reason)
}

/** The number of assertions of a test file. */
export interface Counts {
  readonly pass: number
  readonly fail: number
  readonly skip: number
}

/** Imports a test file and runs its tests as one subtest. */
export async function runFile(path: string): Promise<Counts> {
  let skipped = 0
  const ended = tap.test(path, async t => {
    file = t
    // tap would give the files of all processes the same folder
    t.testdirName = resolve('.tap/fixtures', path.replaceAll(/[^\w.]+/g, '-'))
    try {
      await import(pathToFileURL(path).href)
    } catch (error) {
      if (!(error instanceof Skipped)) throw error
      skipped = 1
      t.plan(0, error.message)
    }
  })
  await ended
  const { pass = 0, fail = 1, skip = 0 } = ended.subtest?.assertTotals ?? {}
  return { pass, fail, skip: skip + skipped }
}

const cleaners: (() => Promise<void>)[] = []

/** Calls `clean` when the last file of this process has ended: for what its files share. */
export function whenAllFilesEnded(clean: () => Promise<void>): void {
  cleaners.push(clean)
}

/** Removes what the files shared. */
export async function cleanUp(): Promise<void> {
  await Promise.all(cleaners.map(clean => clean()))
}

/** Sets no limit to the time that all files take together. */
export function allowAnyDuration(): void {
  tap.setTimeout(0)
}
