import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findObstacle } from '../../../service/test/support/services/debian.ts'
import { until } from '../../../service/test/support/until.ts'
import type { BegunFault } from '../fault.ts'
import { readyMs, type System } from '../system.ts'

/** Where Debian's package has the library: without and with the name of the architecture in the path. */
const libraries = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(
  name => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`,
)

/** Why no clock can be stepped here. */
export const findClockObstacle = () => findObstacle({ programs: ['faketime'], packages: ['faketime'] })

const fileOf = ({ folder }: System) => join(folder, 'clock')

/** Restarts an http process and a worker with a clock that can be stepped. @returns what restarts them with the real one */
export async function prepareClock(system: System): Promise<() => Promise<void>> {
  const library = await Promise.any(libraries.map(path => access(path).then(() => path)))
  await writeFile(fileOf(system), '+0\n')
  const variables = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: fileOf(system),
    // read anew each second
    FAKETIME_CACHE_DURATION: '1',
    // only the time of day is stepped, as by an administrator: timers go on
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
  await restart(system, variables)
  return () => restart(system, {})
}

async function restart({ https, workers, isReady }: System, variables: Readonly<Record<string, string>>) {
  for (const member of [https[0], workers[0]]) {
    await member.stop()
    await member.startWith(variables)
  }
  await until('all processes are ready', readyMs, isReady)
}

/** Steps the clock, and back at the end. @param offset such as `+3600` or `-3600`, in seconds */
export async function stepClock(system: System, offset: string): Promise<BegunFault> {
  await writeFile(fileOf(system), `${offset}\n`)
  return {
    async end() {
      await writeFile(fileOf(system), '+0\n')
      return undefined
    },
  }
}
