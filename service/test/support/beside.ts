import type { Test } from 'tap'
import type { Bench } from './build.ts'
import { freePort } from './free-port.ts'
import { endOf, heard, start, stop } from './program.ts'

/**
 * Starts another Darkroom process, which shares the database and the data folder of a test's service, and returns its
 * address. The process is stopped when the test ends.
 */
export async function startSecondProcess(
  t: Test,
  { environment }: Pick<Bench, 'environment'>,
): Promise<string> {
  const port = String(await freePort())
  const child = start(['serve'], { ...environment, PORT: port, LOG_LEVEL: 'error' })
  t.teardown(() => stop(child))
  const ended = endOf(child)
  await heard(child.stdout, 'Darkroom is ready').catch(async error => {
    throw new Error(`${error.message} ${(await ended).stderr}`)
  })
  return `http://127.0.0.1:${port}`
}
