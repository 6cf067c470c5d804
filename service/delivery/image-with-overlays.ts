import type { RenderSource } from '../engine/sources/render-source.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Operations } from '../operations/registry.ts'
import type { OutputFormat } from '../plan/formats.ts'
import { type Plan, planDerivative } from '../plan/plan.ts'
import { referencedImages, toPlannedSteps } from '../plan/planned-steps.ts'
import type { DerivativeAddress } from '../url/address.ts'
import type { DeliverableImage, ImageDirectory } from './image-directory.ts'
import type { Sources } from './sources.ts'

/** An image with the others that are painted into it. */
export interface ImageWithOverlays extends DeliverableImage {
  /** By id; of the same user. */
  readonly overlays: ReadonlyMap<string, DeliverableImage>
}

/**
 * Looks up the image of an address and the images of the same user that its operations name.
 * @throws DarkroomError `not-found`, `deleted` or `unavailable`
 */
export async function findImageWithOverlays(
  directory: ImageDirectory,
  operations: Operations,
  { userId, imageId, steps }: DerivativeAddress,
): Promise<ImageWithOverlays> {
  const named = new Map(steps.flatMap(step => referencedImages(step, operations)))
  const image = await directory.find(userId, imageId)
  const overlays = await Promise.all([...named].map(([id, token]) => findOther(directory, userId, id, token)))
  return { ...image, overlays: new Map(overlays.map(other => [other.imageId, other])) }
}

/** Says by what token an image that cannot be had was named. */
async function findOther(
  directory: ImageDirectory,
  userId: string,
  id: string,
  token: string,
): Promise<DeliverableImage> {
  try {
    return await directory.find(userId, id)
  } catch (error) {
    if (!(error instanceof DarkroomError)) throw error
    const { code, message } = error
    throw code === 'not-found' || code === 'deleted'
      ? new DarkroomError(code, `${token}: ${message}`, { cause: error })
      : error
  }
}

/** The plan of an address. @throws DarkroomError `bad-url` or `not-applicable` when it could not be served */
export function planAddress(
  operations: Operations,
  address: DerivativeAddress,
  { facts, focal, insight, ladder, overlays }: ImageWithOverlays,
  format: OutputFormat,
): Plan {
  const images = new Map([...overlays].map(([id, other]) => [id, other.facts]))
  const subject = { facts, focal: focal ?? undefined, faces: insight?.faces ?? undefined, ladder, images }
  return planDerivative(subject, toPlannedSteps(operations, address.steps), format)
}

/** Reads what a development of this plan needs: the original where the rung is lost. @throws as `Sources.read` does */
export async function readSources(
  sources: Sources,
  picture: ImageWithOverlays,
  plan: Plan,
  signal: AbortSignal,
): Promise<RenderSource> {
  const rung = plan.rung && (await sources.readRung(picture, plan.rung, signal))
  const original = rung ?? (await sources.readOriginal(picture, plan.selection.page, signal))
  const images: [string, { data: Buffer; facts: DeliverableImage['facts'] }][] = []
  for (const id of plan.imageIds) {
    const other = picture.overlays.get(id)
    if (other) images.push([id, { data: await sources.readOriginal(other, 1, signal), facts: other.facts }])
  }
  return { original, isRung: rung !== undefined, images: new Map(images) }
}
