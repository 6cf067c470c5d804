import Value from 'typebox/value'
import { SingleFlight } from '../cache/single-flight.ts'
import type { Engine } from '../engine/engine.ts'
import { planAnalysis } from '../engine/insight/analysis.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { ImageRepository } from '../metadata/images.ts'
import { Insight } from '../plan/insight.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Step } from '../url/address.ts'
import type { ImageDirectory, KnownImage } from './directory.ts'
import { type Picture, readMaterial } from './picture.ts'
import type { Sources } from './sources.ts'

export interface InsightsParts {
  readonly images: ImageRepository
  readonly directory: ImageDirectory
  readonly sources: Sources
  readonly engine: Engine
  readonly logger: Logger
}

/** What is seen in the pixels of images: looked at once each, and stored. */
export interface Insights {
  /** What is stored, or else is looked at now. @throws as the engine's `look` does */
  of(image: KnownImage, signal: AbortSignal): Promise<Insight>
  /** The picture as these steps need it: looked at, when one of them asks for faces. @throws as `of` does */
  forSteps(steps: readonly Step[], picture: Picture, signal: AbortSignal): Promise<Picture>
}

export function createInsights(parts: InsightsParts): Insights {
  const flights = new SingleFlight<Insight>()
  const of = async (image: KnownImage, signal: AbortSignal) => {
    const key = `${image.userId}/${image.imageId}`
    const { value } = await flights.run(key, signal, flight => storedOrSeen(parts, image, flight))
    return value
  }
  return {
    of,
    async forSteps(steps, picture, signal) {
      if (picture.seen || !steps.some(({ options }) => options.g === 'face')) return picture
      return { ...picture, seen: await of(picture, signal) }
    },
  }
}

async function storedOrSeen(parts: InsightsParts, image: KnownImage, signal: AbortSignal): Promise<Insight> {
  const { images, directory, sources, engine, logger } = parts
  const { userId, imageId } = image
  const record = await images.find(userId, imageId)
  if (record && Value.Check(Insight, record.insight)) return record.insight
  const plan = planAnalysis(image.facts)
  const read = () => readMaterial(sources, { ...image, others: new Map() }, plan, signal)
  const insight = await engine.analyze(read, plan, { tenant: userId, signal })
  try {
    await images.saveInsight(userId, imageId, insight)
    directory.forget(userId, imageId)
  } catch (error) {
    logger.warn({ imageId, reason: messageOf(error) }, 'what was seen in an image is not kept')
  }
  return insight
}
