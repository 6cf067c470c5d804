import type { Engine } from '../engine/engine.ts'
import type { BuiltRung } from '../engine/sources/ladder.ts'
import type { RenderSource } from '../engine/sources/render-source.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { ImageRepository } from '../metadata/images.ts'
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
  readonly images: ImageRepository
  readonly directory: ImageDirectory
  readonly sources: Sources
  readonly engine: Engine
  readonly logger: Logger
  /** Is told of an image that should have a ladder and has none; never waits and never throws. */
  readonly onMissing: (userId: string, imageId: string) => void
}

/** The rungs of images: smaller copies that developments read in the original's place. */
export interface Ladders {
  /**
   * Makes the rungs that pay and are not there, of what is known of the image now; the record follows the objects.
   * @throws what the engine, the store or the database has to say; then the original goes on to be read
   */
  build(image: DeliverableImage, signal: AbortSignal): Promise<void>
  /** Takes note of what a development read, so that a ladder that is missing, or has lost a rung, is made. */
  noteRead(image: DeliverableImage, plan: Plan, material: Pick<RenderSource, 'isRung'>): void
}

/** What building and storing a ladder may take, in milliseconds. */
const buildMs = 120_000

export function createLadders(parts: LaddersParts): Ladders {
  const { images, directory, logger, onMissing } = parts
  const takeBack = async ({ userId, imageId }: DeliverableImage) => {
    await images.saveLadder(userId, imageId, null)
    directory.forget(userId, imageId)
    onMissing(userId, imageId)
  }
  return {
    async build(image, signal) {
      if (image.ladder !== undefined || !needsLadder(image.facts)) return
      await buildMissing(parts, image, AbortSignal.any([signal, AbortSignal.timeout(buildMs)]))
    },
    noteRead(image, plan, { isRung }) {
      const { userId, imageId, ladder, facts } = image
      if (ladder === undefined && needsLadder(facts)) onMissing(userId, imageId)
      if (plan.rung === undefined || isRung) return
      takeBack(image).catch(error =>
        logger.warn({ imageId, reason: messageOf(error) }, 'a lost rung was not taken off the record'),
      )
    },
  }
}

async function buildMissing(
  parts: LaddersParts,
  image: DeliverableImage,
  signal: AbortSignal,
): Promise<void> {
  const { images, directory, sources, engine } = parts
  const { userId, imageId, facts, insight } = image
  const order = {
    facts,
    format: chooseRungFormat(facts, isGraphic(facts, insight?.kind) ? 'graphic' : 'photo'),
    widths: ladderWidths(facts),
  }
  const read = () => sources.readOriginal(image, 1, signal)
  const rungs = await engine.buildLadder(read, order, { tenant: userId, signal })
  // twice the time, for a put that does not hear the signal
  if (!(await images.beginLadder(userId, imageId, 2 * buildMs))) return
  await putRungs(parts, image, { format: order.format, rungs }, signal)
  const ladder: Ladder = { format: order.format, widths: order.widths }
  if (!(await images.saveLadder(userId, imageId, ladder))) {
    await parts.store.delete(keysOf(image, ladder))
  }
  directory.forget(userId, imageId)
}

async function putRungs(
  { store }: LaddersParts,
  { userId, imageId }: DeliverableImage,
  { format, rungs }: { format: Ladder['format']; rungs: readonly BuiltRung[] },
  signal: AbortSignal,
): Promise<void> {
  const contentType = contentTypeOf(format)
  for (const { width, data } of rungs) {
    await store.put(rungKey(userId, imageId, width, format), data, { contentType, durable: false, signal })
  }
}

const keysOf = ({ userId, imageId }: DeliverableImage, { format, widths }: Ladder) =>
  widths.map(width => rungKey(userId, imageId, width, format))
