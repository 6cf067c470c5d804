// One process of autocannon's load. Its parent sends the demand.
import { once } from 'node:events'
import autocannon from 'autocannon'
import type { Demand, Supply } from './generator.ts'

const [demand]: Demand[] = await once(process, 'message')
if (demand === undefined) throw new Error('expected a demand')
const { origin: url, connections, seconds: duration, paths, perSecond } = demand

let connection = 0

/** Gives each connection its own paths. With fewer paths than connections, several connections request the same path. */
function setupClient(client: autocannon.Client): void {
  ignoreBodies(client)
  const first = connection++ % Math.min(connections, paths.length)
  const share = paths.filter((_, index) => index % connections === first)
  client.setRequests(share.map(path => ({ method: 'GET', path })))
}

/**
 * autocannon decodes each body as UTF-8 text. For a JPEG this takes ten times as long as the server needs to send it,
 * so autocannon would measure itself and hide all differences. The bytes are still received and counted.
 */
function ignoreBodies(client: autocannon.Client): void {
  const queue: unknown = Reflect.get(client, 'pipelinedRequests')
  if (!(queue instanceof Object && 'addBody' in queue)) throw new Error('unsupported version of autocannon')
  queue.addBody = () => {}
}

const { requests, latency, errors, non2xx, ...result } = await autocannon({
  ...{ url, connections, duration, setupClient },
  ...(perSecond !== undefined && { overallRate: perSecond }),
})
if (errors > 0 || non2xx > 0) throw new Error(`${errors} requests failed, ${non2xx} responses were not 2xx`)
const supply: Supply = {
  requests: requests.total,
  seconds: result.duration,
  p50: latency.p50,
  p99: latency.p99,
}
process.send?.(supply)
