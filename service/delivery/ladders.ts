import { renewable } from '../cache/wholeness.ts'
import type { Engine } from '../engine/engine.ts'
import type { BuiltRung } from '../engine/sources/ladder.ts'
import type { RenderSource } from '../engine/sources/render-source.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { IngestResultRepository } from '../metadata/ingest-results.ts'
import { isGraphic } from '../plan/format-choice.ts'
import { contentTypeOf } from '../plan/formats.ts'
import { chooseRungFormat, ladderWidths, needsLadder } from '../plan/ladder.ts'
import type { Plan } from '../plan/plan.ts'
import type { Ladder } from '../plan/rungs.ts'
import { rungKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { DeliverableImage, ImageDirectory } from './image-directory.ts'
import type { Sources } from './sources.ts'

export interface LaddersParts {
  readonly store: ObjectStore
  readonly ingestResults: Pick<IngestResultRepository, 'beginLadder' | 'saveLadder'>
  readonly directory: ImageDirectory
  readonly sources: Sources
  readonly engine: Engine
  readonly logger: Logger
  /** Called for an image that should have a ladder and has none; must not throw. */
  readonly onMissing: (image: DeliverableImage) => void
  /** Called for an image that is rendered although it has waited for its ingestion for a while; must not throw. */
  readonly onOverdue: (image: DeliverableImage) => void
}

/** The rungs of images: smaller copies that renders read instead of the original. */
export interface Ladders {
  /** Whether the image should have a ladder and has none. */
  isMissing(image: DeliverableImage): boolean
  /**
   * Builds the rungs that are worth their storage, unless the image has them. The objects are stored before the row
   * names them. The caller runs it within `Engine.runWhenIdle`.
   * @throws what the engine, the store or the database throws; renders then go on reading the original
   */
  build(image: DeliverableImage, signal: AbortSignal): Promise<void>
  /** Reports which source a render read, so that a missing ladder, or one with a lost rung, is built. */
  noteRead(image: DeliverableImage, plan: Plan, material: Pick<RenderSource, 'pixelsOf'>): void
}

/** How long building and storing a ladder may take, in milliseconds. */
const buildTimeoutMs = 120_000
/** How long rungs may still be written after a ladder was begun: twice the timeout, for a write that ignores the signal. */
export const ladderWriteMs = 2 * buildTimeoutMs
/** How long an ingestion usually takes at most when no other images wait, in milliseconds. */
const overdueMs = 5_000

export function createLadders(parts: LaddersParts): Ladders {
  const { ingestResults, directory, logger, onMissing, onOverdue } = parts
  const withdraw = async (image: DeliverableImage) => {
    await ingestResults.saveLadder(image, null)
    directory.forget(image.userId, image.imageId)
    onMissing(image)
  }
  const isMissing = ({ ladder, facts }: DeliverableImage) => ladder === undefined && needsLadder(facts)
  return {
    isMissing,
    async build(image, signal) {
      if (!isMissing(image)) return
      await buildMissing(parts, image, AbortSignal.any([signal, AbortSignal.timeout(buildTimeoutMs)]))
    },
    noteRead(image, plan, { pixelsOf }) {
      const { imageId, isIngested, createdAt } = image
      if (isMissing(image)) onMissing(image)
      if (!isIngested && Date.now() - createdAt.getTime() > overdueMs) onOverdue(image)
      if (plan.rung === undefined || pixelsOf === 'rung') return
      withdraw(image).catch(error =>
        logger.warn({ imageId, reason: messageOf(error) }, 'failed to withdraw a ladder with a missing rung'),
      )
    },
  }
}

async function buildMissing(
  parts: LaddersParts,
  image: DeliverableImage,
  signal: AbortSignal,
): Promise<void> {
  const { ingestResults, directory, sources, engine } = parts
  const { userId, imageId, facts, insight } = image
  const order = {
    facts,
    format: chooseRungFormat(facts, isGraphic(facts, insight?.kind) ? 'graphic' : 'photo'),
    widths: ladderWidths(facts),
  }
  const read = () => sources.readOriginal(image, 1, signal)
  const rungs = await engine.buildLadder(read, order, { tenant: userId, signal, isAdmitted: true })
  if (!(await ingestResults.beginLadder(image, ladderWriteMs))) return
  await putRungs(parts, image, { format: order.format, rungs }, signal)
  const ladder: Ladder = { format: order.format, widths: order.widths }
  if (!(await ingestResults.saveLadder(image, ladder))) {
    await parts.store.delete(keysOf(image, ladder))
  }
  directory.forget(userId, imageId)
}

async function putRungs(
  { store }: LaddersParts,
  image: DeliverableImage,
  { format, rungs }: { format: Ladder['format']; rungs: readonly BuiltRung[] },
  signal: AbortSignal,
): Promise<void> {
  const contentType = contentTypeOf(format)
  for (const { width, data } of rungs) {
    await store.put(rungKey(image, width, format), data, { ...renewable(data, contentType), signal })
  }
}

const keysOf = (image: DeliverableImage, { format, widths }: Ladder) =>
  widths.map(width => rungKey(image, width, format))
