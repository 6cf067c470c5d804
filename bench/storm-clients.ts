// The clients of a storm, in a thread of their own: what they send and read delays nobody whose waiting is measured.
import { setTimeout } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { keptConnections, tryOne } from './requests.ts'

/** What starts a storm; any other message ends it. */
export interface StormQuestion {
  /** URLs that nobody has asked for yet. */
  readonly urls: readonly string[]
  readonly inFlight: number
  /** When a request comes again that was refused, in milliseconds, on average. */
  readonly againMs: number
}

/** Said at the first refusal, and again when all clients have ended. */
export interface StormAnswer {
  readonly served: number
  readonly refused: number
}

let over = false

async function blow({ urls, inFlight, againMs }: StormQuestion): Promise<StormAnswer> {
  over = false
  const counts = { served: 0, refused: 0 }
  const agent = keptConnections(inFlight)
  const left = urls.values()
  const client = async () => {
    for (const url of left) {
      while ((await tryOne(url, agent)).status !== 200) {
        if (over) return
        if (counts.refused++ === 0) parentPort?.postMessage(counts)
        // each by a clock of its own, or all that were refused at once would come again in the same millisecond
        await setTimeout(againMs * (0.5 + Math.random()))
      }
      counts.served++
      if (over) return
    }
    throw new Error('the storm has asked for everything there is')
  }
  await Promise.all(Array.from({ length: inFlight }, client))
  agent.destroy()
  return counts
}

parentPort?.on('message', async (message: StormQuestion | 'enough') => {
  if (message === 'enough') over = true
  else parentPort?.postMessage(await blow(message))
})
