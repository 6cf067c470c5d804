import Value from 'typebox/value'
import { SingleFlight } from '../cache/single-flight.ts'
import type { Engine } from '../engine/engine.ts'
import { planAnalysis } from '../engine/insight/analysis.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { ImageRepository } from '../metadata/images.ts'
import { Insight } from '../plan/insight.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Step } from '../url/address.ts'
import type { DeliverableImage, ImageDirectory } from './image-directory.ts'
import { type ImageWithOverlays, readSources } from './image-with-overlays.ts'
import type { Sources } from './sources.ts'

export interface ImageInsightsParts {
  readonly images: ImageRepository
  readonly directory: ImageDirectory
  readonly sources: Sources
  readonly engine: Engine
  readonly logger: Logger
}

/** What is seen in the pixels of images: looked at once each, and stored. */
export interface ImageInsights {
  /** What is stored, or else is looked at now. @throws as the engine's `look` does */
  get(image: DeliverableImage, signal: AbortSignal): Promise<Insight>
  /** The picture as these steps need it: looked at, when one of them asks for faces. @throws as `of` does */
  withFaces(
    steps: readonly Step[],
    picture: ImageWithOverlays,
    signal: AbortSignal,
  ): Promise<ImageWithOverlays>
}

export function createImageInsights(parts: ImageInsightsParts): ImageInsights {
  const flights = new SingleFlight<Insight>()
  const of = async (image: DeliverableImage, signal: AbortSignal) => {
    const key = `${image.userId}/${image.imageId}`
    const { value } = await flights.run(key, signal, flight => storedOrSeen(parts, image, flight))
    return value
  }
  return {
    get: of,
    async withFaces(steps, picture, signal) {
      if (picture.insight || !steps.some(({ options }) => options.g === 'face')) return picture
      return { ...picture, insight: await of(picture, signal) }
    },
  }
}

async function storedOrSeen(
  parts: ImageInsightsParts,
  image: DeliverableImage,
  signal: AbortSignal,
): Promise<Insight> {
  const { images, directory, sources, engine, logger } = parts
  const { userId, imageId } = image
  const record = await images.find(userId, imageId)
  if (record && Value.Check(Insight, record.insight)) return record.insight
  const plan = planAnalysis(image.facts)
  const read = () => readSources(sources, { ...image, overlays: new Map() }, plan, signal)
  const insight = await engine.analyze(read, plan, { tenant: userId, signal })
  try {
    await images.saveInsight(userId, imageId, insight)
    directory.forget(userId, imageId)
  } catch (error) {
    logger.warn({ imageId, reason: messageOf(error) }, 'what was seen in an image is not kept')
  }
  return insight
}
