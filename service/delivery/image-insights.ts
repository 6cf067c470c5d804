import Value from 'typebox/value'
import { SingleFlight } from '../cache/single-flight.ts'
import type { Engine } from '../engine/engine.ts'
import { planAnalysis } from '../engine/insight/analysis.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { IngestResultRepository } from '../metadata/ingest-results.ts'
import { Insight } from '../plan/insight.ts'
import { needsLadder } from '../plan/ladder.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Step } from '../url/address.ts'
import type { DeliverableImage, ImageDirectory } from './image-directory.ts'
import { type ImageWithOverlays, readSources } from './image-with-overlays.ts'
import { ladderWriteMs } from './ladders.ts'
import type { Sources } from './sources.ts'

/** How long after the analysis a ladder can begin without an update of its own, in milliseconds. */
const ladderDelayMs = 60_000

export interface ImageInsightsParts {
  readonly images: Pick<ImageRepository, 'find'>
  readonly ingestResults: Pick<IngestResultRepository, 'saveInsight'>
  readonly directory: ImageDirectory
  readonly sources: Sources
  readonly engine: Engine
  readonly logger: Logger
  /** How long an analysis waits for a slot of the engine, in milliseconds. A job tries again. */
  readonly maxWaitMs: number
}

/** The analysis of images' pixels: done once per image, and stored. */
export interface ImageInsights {
  /**
   * The stored analysis; an image without one is analysed now.
   * @param isAdmitted as in `Requester`
   * @throws as the engine's `analyze` does
   */
  get(image: DeliverableImage, signal: AbortSignal, isAdmitted?: boolean): Promise<Insight>
  /** The image with its analysis, if one of these steps needs faces; otherwise unchanged. @throws as `get` does */
  withFaces(steps: readonly Step[], image: ImageWithOverlays, signal: AbortSignal): Promise<ImageWithOverlays>
  /**
   * Resolves when no analysis is running or being stored. A running analysis cannot be cancelled: it may go on after
   * its caller has stopped waiting.
   */
  close(): Promise<void>
}

export function createImageInsights(parts: ImageInsightsParts): ImageInsights {
  const flights = new SingleFlight<Insight>()
  const get = async (image: DeliverableImage, signal: AbortSignal, isAdmitted = false) => {
    const key = `${image.userId}/${image.imageId}/${image.version ?? ''}`
    const { value } = await flights.run(key, signal, flight =>
      findOrAnalyze(parts, image, { signal: flight, isAdmitted }),
    )
    return value
  }
  return {
    get,
    async withFaces(steps, image, signal) {
      if (image.insight || !steps.some(({ options }) => options.g === 'face')) return image
      return { ...image, insight: await get(image, signal) }
    },
    close: () => flights.settled(),
  }
}

async function findOrAnalyze(
  parts: ImageInsightsParts,
  image: DeliverableImage,
  { signal, isAdmitted }: { readonly signal: AbortSignal; readonly isAdmitted: boolean },
): Promise<Insight> {
  const { images, ingestResults, directory, sources, engine, logger, maxWaitMs } = parts
  const { userId, imageId } = image
  const record = await images.find(userId, imageId)
  if (record?.version === image.version && Value.Check(Insight, record.insight)) return record.insight
  const plan = planAnalysis(image.facts)
  const read = () => readSources(sources, { ...image, overlays: new Map() }, plan, signal)
  const insight = await engine.analyze(read, plan, { tenant: userId, signal, maxWaitMs, isAdmitted })
  // ingestion builds the ladder next
  const ladderMs =
    image.ladder === undefined && needsLadder(image.facts) ? ladderWriteMs + ladderDelayMs : undefined
  try {
    await ingestResults.saveInsight(image, insight, ladderMs)
    directory.forget(userId, imageId)
  } catch (error) {
    logger.warn({ imageId, reason: messageOf(error) }, 'failed to store image analysis')
  }
  return insight
}
