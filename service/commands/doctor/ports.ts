import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Config } from '../../config.ts'
import { awaitListening, type ListenTarget } from '../await-listening.ts'
import type { Report } from './report.ts'

/** How long the process on a port may take to answer, in milliseconds. */
const askMs = 2_000

/** For each port, the path of a request and a text that identifies Darkroom's response to it. */
const known: Record<ListenTarget['variable'], { path: string; mark: string }> = {
  PORT: { path: '/raw/', mark: '"code":"bad-signature"' },
  DARKROOM_METRICS_PORT: { path: '/metrics', mark: 'darkroom_' },
}

/** Checks that the ports are free or used by Darkroom itself. */
export async function checkPorts(report: Report, config: Config): Promise<void> {
  const { HOST: host, PORT, DARKROOM_METRICS_PORT } = config
  for (const [variable, port] of [
    ['PORT', PORT],
    ['DARKROOM_METRICS_PORT', DARKROOM_METRICS_PORT],
  ] as const) {
    const place = { variable, host, port }
    await report.check(variable === 'PORT' ? 'port' : 'metrics port', `set ${variable} to another port`, () =>
      checkPort(place),
    )
  }
}

async function checkPort(place: ListenTarget) {
  const { port, host, variable } = place
  if (port === 0) return { detail: variable === 'PORT' ? 'any free port' : 'turned off', value: port }
  if (await isDarkroom(place)) return { detail: `${port} on ${host} is in use by Darkroom`, value: port }
  const server = createServer().listen(port, host)
  await awaitListening(place, once(server, 'listening'))
  server.close()
  return { detail: `${port} on ${host} is free`, value: port }
}

async function isDarkroom({ variable, host, port }: ListenTarget): Promise<boolean> {
  const { path, mark } = known[variable]
  const name = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  const url = `http://${name.includes(':') ? `[${name}]` : name}:${port}${path}`
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(askMs), redirect: 'error' })
    return (await answer.text()).includes(mark)
  } catch {
    return false
  }
}
