import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../free-port.ts'
import { until } from '../until.ts'
import { findObstacle } from './debian.ts'

const software = { programs: ['prometheus', 'promtool'], packages: ['prometheus'] }
const run = promisify(execFile)

/** A real Prometheus server. */
export interface TestPrometheus {
  /** The result of a request to its API. */
  get<T>(path: string, parameters?: Readonly<Record<string, string>>): Promise<T>
  stop(): Promise<void>
}

interface Answer<T> {
  readonly status: string
  readonly data: T
  readonly error?: string
}

/** Whether Prometheus can be used here: it is installed if necessary and possible. With `CI=true`, it must be. */
export async function hasPrometheus(): Promise<boolean> {
  const obstacle = await findObstacle(software)
  if (!obstacle) return true
  const complaint = `Prometheus is not available: ${obstacle}. Install prometheus, or run the tests as root on Debian.`
  if (process.env.CI === 'true') throw new Error(complaint)
  console.error(`\n*** ${complaint}\n`)
  return false
}

/** The output of `promtool`. @throws Error when it finds a mistake */
export async function promtool(...words: string[]): Promise<string> {
  return (await run('promtool', words, { timeout: 60_000 })).stdout
}

/** Starts a server on loopback that scrapes one process and evaluates the rules, several times a second. */
export async function startPrometheus(target: string, rules: string): Promise<TestPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-prometheus-'))
  const config = {
    global: { scrape_interval: '300ms', scrape_timeout: '300ms', evaluation_interval: '300ms' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'darkroom', static_configs: [{ targets: [target] }] }],
  }
  // JSON is YAML
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config))
  const address = `127.0.0.1:${await freePort()}`
  const options = {
    'config.file': join(folder, 'prometheus.yml'),
    'storage.tsdb.path': join(folder, 'data'),
    'web.listen-address': address,
    'log.level': 'error',
  }
  const words = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  const server = spawn('prometheus', words, { stdio: 'ignore' })
  const ended = once(server, 'exit')
  const stop = async () => {
    server.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true })
  }
  const isReady = () =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  await until('Prometheus answers', 15_000, isReady).catch(error => stop().then(() => Promise.reject(error)))
  return {
    async get<T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
      const response = await fetch(`http://${address}/api/v1/${path}?${new URLSearchParams(parameters)}`)
      const { status, data, error }: Answer<T> = JSON.parse(await response.text())
      if (status !== 'success') throw new Error(`${error}: ${JSON.stringify(parameters)}`)
      return data
    },
    stop,
  }
}
