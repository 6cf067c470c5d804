import { setTimeout } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Engine } from '../engine/engine.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { ImageDirectory } from './directory.ts'
import type { Insights } from './insights.ts'
import { createLadders, type Ladders, type LaddersParts } from './ladders.ts'

export interface IngestParts {
  readonly directory: ImageDirectory
  readonly insights: Insights
  readonly ladders: Ladders
}

/**
 * Makes what is made of an image once, behind its upload: what is seen in its pixels, and its ladder. Does only what is
 * not done yet, so it may be repeated.
 * @throws what either has to say
 */
export async function ingest(
  { directory, insights, ladders }: IngestParts,
  userId: string,
  imageId: string,
  signal: AbortSignal,
): Promise<void> {
  await insights.of(await directory.find(userId, imageId), signal)
  // a drawing is told from a photograph by what was seen
  await ladders.build(await directory.find(userId, imageId), signal)
}

/** How many images may wait; what is beyond is done when a request needs it. */
const mostWaiting = 1_000
/** When an upload's first requests are over, in milliseconds, and how often to see whether the engine has time. */
const settledMs = 1_000
const glanceMs = 250
/** For how long an image gives way to requests at most, in milliseconds. */
const patienceMs = 30_000
/** For how long an image is left alone after it, in milliseconds: where it does not help, every request asks again. */
const restMs = 600_000

/** Does with fresh images what nobody waits for. */
export interface Background {
  /** Has an image taken in when the engine has time; never waits and never throws. */
  foresee(userId: string, imageId: string): void
  /** Resolves when no image waits any more. */
  idle(): Promise<void>
  /** Leaves what waits to the requests that will need it. */
  close(): Promise<void>
}

/** The ladders of images, and the background that builds them: each needs the other. */
export function createIntake(parts: Omit<LaddersParts, 'onMissing'> & { readonly insights: Insights }) {
  const { directory, insights, engine, logger } = parts
  const background = createBackground({
    engine,
    logger,
    work: (userId, imageId, signal) => ingest({ directory, insights, ladders }, userId, imageId, signal),
  })
  const ladders = createLadders({ ...parts, onMissing: background.foresee })
  return { background, ladders }
}

interface BackgroundParts {
  readonly engine: Pick<Engine, 'load'>
  readonly logger: Logger
  readonly work: (userId: string, imageId: string, signal: AbortSignal) => Promise<void>
}

function createBackground({ engine, logger, work }: BackgroundParts): Background {
  const stop = new AbortController()
  const waiting = new Map<string, { userId: string; imageId: string; since: number }>()
  const rests = new LRUCache<string, true>({ max: 10_000, ttl: restMs })
  let running: Promise<void> | undefined

  /** One after the other, so that at most one core is busy with what nobody waits for. */
  const run = async () => {
    for (const [key, { userId, imageId, since }] of waiting) {
      if (stop.signal.aborted) break
      try {
        await giveWay(engine, since + settledMs, stop.signal)
        await work(userId, imageId, stop.signal)
      } catch (error) {
        logger.debug({ imageId, reason: messageOf(error) }, 'an image was not taken in yet')
      }
      rests.set(key, true)
      waiting.delete(key)
    }
    running = undefined
  }
  return {
    foresee(userId, imageId) {
      const key = `${userId}/${imageId}`
      if (stop.signal.aborted || waiting.has(key) || waiting.size >= mostWaiting || rests.has(key)) return
      waiting.set(key, { userId, imageId, since: performance.now() })
      running ??= run()
    },
    async idle() {
      await running
    },
    async close() {
      stop.abort(new Error('the service is closing'))
      await running
    },
  }
}

/** What nobody waits for comes after what somebody does: when the engine is idle, but not before this time. */
async function giveWay(engine: Pick<Engine, 'load'>, earliest: number, signal: AbortSignal): Promise<void> {
  await setTimeout(Math.max(0, earliest - performance.now()), undefined, { signal })
  const latest = performance.now() + patienceMs
  while (engine.load.running > 0 && performance.now() < latest)
    await setTimeout(glanceMs, undefined, { signal })
}
