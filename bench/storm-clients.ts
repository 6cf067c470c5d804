// The clients of a storm, in their own thread, so that their work does not delay the measured requests.
import { setTimeout } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { keptConnections, tryOne } from './requests.ts'

/** The message that starts a storm; any other message ends it. */
export interface StormQuestion {
  /** URLs of derivatives that are not cached. */
  readonly urls: readonly string[]
  readonly inFlight: number
  /** Average delay before a rejected request is retried, in milliseconds. */
  readonly againMs: number
}

/** Sent after the first rejected request, and again when all clients have finished. */
export interface StormAnswer {
  readonly served: number
  readonly refused: number
}

let over = false

async function runStorm({ urls, inFlight, againMs }: StormQuestion): Promise<StormAnswer> {
  over = false
  const counts = { served: 0, refused: 0 }
  const agent = keptConnections(inFlight)
  const left = urls.values()
  const client = async () => {
    for (const url of left) {
      while ((await tryOne(url, agent)).status !== 200) {
        if (over) return
        if (counts.refused++ === 0) parentPort?.postMessage(counts)
        // random jitter, or all rejected requests would be retried in the same millisecond
        await setTimeout(againMs * (0.5 + Math.random()))
      }
      counts.served++
      if (over) return
    }
    throw new Error('the storm has requested every derivative')
  }
  await Promise.all(Array.from({ length: inFlight }, client))
  agent.destroy()
  return counts
}

parentPort?.on('message', async (message: StormQuestion | 'enough') => {
  if (message === 'enough') over = true
  else parentPort?.postMessage(await runStorm(message))
})
