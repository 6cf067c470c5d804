import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The software of a test server. */
export interface DebianSoftware {
  readonly programs: readonly string[]
  /** The Debian packages that contain the programs. */
  readonly packages: readonly string[]
}

/** Why a server cannot be started here; undefined when it can. Installs missing packages if possible. */
export async function findObstacle({ programs, packages }: DebianSoftware): Promise<string | undefined> {
  if ((await missing(programs)).length === 0) return undefined
  if (process.getuid?.() !== 0 || !(await isInstalled('apt-get')))
    return `${packages.join(', ')} are not installed and cannot be installed from here`
  try {
    await install(packages)
  } catch (error) {
    return `installing ${packages.join(', ')} failed: ${error}`
  }
  const left = await missing(programs)
  return left.length === 0 ? undefined : `${left.join(', ')} did not come with the packages`
}

let installing: Promise<void> = Promise.resolve()

/** Installs one set of packages after another, because apt allows one process only. */
function install(packages: readonly string[]): Promise<void> {
  const mine = installing.then(async () => {
    console.error(`Installing ${packages.join(', ')} for the tests …`)
    await aptGet('update')
    await aptGet('install', '-y', '--no-install-recommends', ...packages)
  })
  installing = mine.catch(() => {})
  return mine
}

/** Waits for apt's lock, because another test run may install packages at the same time. */
function aptGet(...words: string[]) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const waiting = ['-o', 'DPkg::Lock::Timeout=300', ...words]
  return run('apt-get', waiting, { env, maxBuffer: 64 << 20, timeout: 10 * 60_000 })
}

async function missing(programs: readonly string[]): Promise<string[]> {
  const installed = await Promise.all(programs.map(isInstalled))
  return programs.filter((_, index) => !installed[index])
}

async function isInstalled(program: string): Promise<boolean> {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = folders.map(folder => access(join(folder, program), constants.X_OK))
  return Promise.any(found).then(
    () => true,
    () => false,
  )
}
