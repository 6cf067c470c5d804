import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { until } from '../until.ts'
import { findObstacle } from './debian.ts'
import { temporaryFolder } from './postgres.ts'

/** The configuration in the repository. */
const shipped = fileURLToPath(new URL('../../../../../nginx.conf', import.meta.url))
/** Debian's user `nobody`: nginx must not need root. */
export const nobody = 65_534

/** A change of the configuration: a text that occurs so many times, and what replaces it. */
export type NginxChange = readonly [from: string, to: string, times: number]

/** A running nginx. */
export interface TestNginx {
  readonly url: string
  /** The folder of cached images. */
  readonly cacheDirectory: string
  /** The access log so far. */
  log(): Promise<string>
}

/**
 * Why nginx cannot be started here; undefined when it can. Installs the package if necessary and possible. With
 * `CI=true`, a missing nginx is an error.
 */
export async function findNginxObstacle(environment = process.env): Promise<string | undefined> {
  const obstacle = await findObstacle({ programs: ['nginx'], packages: ['nginx'] })
  if (obstacle && environment.CI === 'true') throw new Error(`nginx is not available: ${obstacle}`)
  return obstacle
}

/**
 * Starts nginx with the configuration in the repository until the test ends. Only its own address and those of the two
 * http processes are changed, as in a real installation, and what a test changes in addition.
 */
export async function startNginx(
  t: Test,
  port: number,
  origins: readonly [number, number],
  changes: readonly NginxChange[] = [],
): Promise<TestNginx> {
  const folder = await temporaryFolder('darkroom-nginx-')
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const [data, settings] = [join(folder, 'data'), join(folder, 'nginx.conf')]
  await writeFile(settings, await nginxConfiguration(port, origins, changes))
  await mkdir(data)
  const output = await open(join(folder, 'output'), 'w')
  const isRoot = process.getuid?.() === 0
  if (isRoot) await Promise.all([data, join(folder, 'output')].map(path => chown(path, nobody, nobody)))
  const words = ['-p', data, '-c', settings, '-e', 'stderr', '-g', 'daemon off;']
  const nginx = spawn('nginx', words, {
    stdio: ['ignore', output.fd, output.fd],
    ...(isRoot && { uid: nobody, gid: nobody }),
  })
  const ended = once(nginx, 'exit')
  t.teardown(async () => {
    nginx.kill('SIGTERM')
    await ended
    await output.close()
  })
  const log = () => readFile(join(folder, 'output'), 'utf8')
  await Promise.race([
    until('nginx listens', 10_000, () => isListening(port)),
    ended.then(async () => Promise.reject(new Error(`nginx did not start: ${await log()}`))),
  ])
  return { url: `http://127.0.0.1:${port}`, cacheDirectory: join(data, 'images'), log }
}

/** The configuration in the repository with the addresses of nginx and of two http processes, and with further changes. */
export async function nginxConfiguration(
  port: number,
  origins: readonly [number, number],
  more: readonly NginxChange[] = [],
): Promise<string> {
  const changes: NginxChange[] = [
    ['listen 8080;', `listen 127.0.0.1:${port};`, 1],
    ['server http-1:8080;', `server 127.0.0.1:${origins[0]};`, 2],
    ['server http-2:8080;', `server 127.0.0.1:${origins[1]};`, 2],
    ...more,
  ]
  return changes.reduce(
    (text, [from, to, times]) => {
      const parts = text.split(from)
      if (parts.length !== times + 1) throw new Error(`nginx.conf does not contain ${times} times: ${from}`)
      return parts.join(to)
    },
    await readFile(shipped, 'utf8'),
  )
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy())
}
