import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Type from 'typebox'
import Value from 'typebox/value'
import { probeFormats } from '../../engine/encode/format-probe.ts'
import { formatError } from '../format-error.ts'
import type { Report } from './report.ts'

const Manifest = Type.Object({ engines: Type.Object({ node: Type.String() }) })

/** Checks Node, libvips and the clock, which no configuration can change. */
export async function checkMachine(report: Report): Promise<void> {
  await report.check('node', 'install a newer Node', async () => {
    const manifest = await readFile(fileURLToPath(import.meta.resolve('darkroom/package.json')), 'utf8')
    const needed = Value.Parse(Manifest, JSON.parse(manifest)).engines.node
    const { node } = process.versions
    if (isOlder(node, needed)) throw new Error(`found ${node}, expected ${needed}`)
    return { detail: `${node} (required: ${needed})`, value: node }
  })
  await report.check(
    'libvips',
    'reinstall with optional dependencies (`npm ci`) and without a system-wide libvips',
    async () => {
      const { version, formats, failed } = await probeFormats()
      const reasons = failed.map(({ format, reason }) => `${format} failed: ${formatError(reason)}`)
      if (failed.length > 0) throw new Error(reasons.join('; '))
      return { detail: `${version} writes and reads ${formats.join(', ')}`, value: formats }
    },
  )
  await report.check(
    'clock',
    'synchronise the clock by NTP: the expiry of signed URLs depends on it',
    async () => {
      const now = new Date()
      const { mtime } = await stat(new URL('../../darkroom.cjs', import.meta.url))
      if (now < mtime)
        throw new Error(`the clock says ${now.toISOString()}, before this program was installed`)
      return { detail: now.toISOString(), value: now }
    },
  )
}

/** Whether a version is below the lower bound of a range such as `>=20.19`. */
function isOlder(version: string, range: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [, neededMajor = 0, neededMinor = 0] = (/(\d+)(?:\.(\d+))?/.exec(range) ?? []).map(Number)
  return major < neededMajor || (major === neededMajor && minor < neededMinor)
}

/** Checks that files can be written durably in the data directory. */
export async function checkDataDirectory(report: Report, directory: string): Promise<void> {
  await report.check(
    'data directory',
    'give this user write permission, or set DARKROOM_DATA_DIR',
    async () => {
      await mkdir(directory, { recursive: true })
      const path = join(directory, `.doctor.${randomBytes(6).toString('hex')}`)
      const file = await open(path, 'wx', 0o600)
      try {
        await file.writeFile('written by darkroom doctor')
        await file.sync()
      } finally {
        await file.close()
        await rm(path, { force: true })
      }
      return { detail: `${directory} is writable`, value: directory }
    },
  )
}
