import { setTimeout } from 'node:timers/promises'
import Value from 'typebox/value'
import type { Engine } from '../engine/engine.ts'
import { planLook } from '../engine/look.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { Images } from '../metadata/images.ts'
import { Insight } from '../plan/insight.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Step } from '../url/types.ts'
import type { ImageDirectory, KnownImage } from './directory.ts'
import { Flights } from './flight.ts'
import { type Picture, readMaterial } from './picture.ts'
import type { Sources } from './sources.ts'

export interface InsightsParts {
  readonly images: Images
  readonly directory: ImageDirectory
  readonly sources: Sources
  readonly engine: Engine
  readonly logger: Logger
}

/** How many fresh images may wait to be looked at; one beyond is looked at when a request needs it. */
const mostWaiting = 1_000
/** When an upload's first requests are over, in milliseconds, and how often to see whether the engine has time. */
const settledMs = 1_000
const glanceMs = 250
/** For how long an image gives way to requests at most, in milliseconds. */
const patienceMs = 30_000

/** What is seen in the pixels of images: looked at once each, and stored. */
export interface Insights {
  /** What is stored, or else is looked at now. @throws as the engine's `look` does */
  of(image: KnownImage, signal: AbortSignal): Promise<Insight>
  /** The picture as these steps need it: looked at, when one of them asks for faces. @throws as `of` does */
  forSteps(steps: readonly Step[], picture: Picture, signal: AbortSignal): Promise<Picture>
  /** Has a fresh image looked at when the engine has time; never waits and never throws. */
  foresee(userId: string, imageId: string): void
  /** Resolves when no image waits to be looked at any more. */
  idle(): Promise<void>
  /** Leaves what waits to the requests that will need it. */
  close(): Promise<void>
}

export function createInsights(parts: InsightsParts): Insights {
  const { directory, engine, logger } = parts
  const flights = new Flights<Insight>()
  const stop = new AbortController()
  const waiting: { userId: string; imageId: string; since: number }[] = []
  let running: Promise<void> | undefined

  const of = async (image: KnownImage, signal: AbortSignal) => {
    const key = `${image.userId}/${image.imageId}`
    const { value } = await flights.join(key, signal, flight => storedOrSeen(parts, image, flight))
    return value
  }
  /** One after the other, so that at most one core is busy with what nobody waits for. */
  const run = async () => {
    for (let next = waiting.shift(); next && !stop.signal.aborted; next = waiting.shift()) {
      try {
        await giveWay(engine, next.since + settledMs, stop.signal)
        await of(await directory.find(next.userId, next.imageId), stop.signal)
      } catch (error) {
        logger.debug({ imageId: next.imageId, reason: messageOf(error) }, 'an image was not looked at yet')
      }
    }
    running = undefined
  }
  return {
    of,
    async forSteps(steps, picture, signal) {
      if (picture.seen || !steps.some(({ options }) => options.g === 'face')) return picture
      return { ...picture, seen: await of(picture, signal) }
    },
    foresee(userId, imageId) {
      if (waiting.length >= mostWaiting || stop.signal.aborted) return
      waiting.push({ userId, imageId, since: performance.now() })
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
async function giveWay(engine: Engine, earliest: number, signal: AbortSignal): Promise<void> {
  await setTimeout(Math.max(0, earliest - performance.now()), undefined, { signal })
  const latest = performance.now() + patienceMs
  while (engine.load.running > 0 && performance.now() < latest)
    await setTimeout(glanceMs, undefined, { signal })
}

async function storedOrSeen(parts: InsightsParts, image: KnownImage, signal: AbortSignal): Promise<Insight> {
  const { images, directory, sources, engine, logger } = parts
  const { userId, imageId } = image
  const record = await images.find(userId, imageId)
  if (record && Value.Check(Insight, record.insight)) return record.insight
  const plan = planLook(image.facts)
  const read = () => readMaterial(sources, { ...image, others: new Map() }, plan, signal)
  const insight = await engine.look(read, plan, { tenant: userId, signal })
  try {
    await images.keepInsight(userId, imageId, insight)
    directory.forget(userId, imageId)
  } catch (error) {
    logger.warn({ imageId, reason: messageOf(error) }, 'what was seen in an image is not kept')
  }
  return insight
}
