import { createHash } from 'node:crypto'
import type { RenderSource } from '../engine/sources/render-source.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Operations } from '../operations/registry.ts'
import type { OutputFormat } from '../plan/formats.ts'
import { type Plan, planDerivative } from '../plan/plan.ts'
import { referencedImages, toPlannedSteps } from '../plan/planned-steps.ts'
import type { DerivativeAddress } from '../url/address.ts'
import type { DeliverableImage, ImageDirectory } from './image-directory.ts'
import type { Sources } from './sources.ts'

/** An image with the images that its operations overlay. */
export interface ImageWithOverlays extends DeliverableImage {
  /** By id; all of the same user. */
  readonly overlays: ReadonlyMap<string, DeliverableImage>
}

/**
 * Looks up the image of an address, and the images of the same user that its operations overlay.
 * @throws DarkroomError `not-found`, `deleted` or `unavailable`
 */
export async function findImageWithOverlays(
  directory: ImageDirectory,
  operations: Operations,
  { userId, imageId, steps }: DerivativeAddress,
): Promise<ImageWithOverlays> {
  const named = new Map(steps.flatMap(step => referencedImages(step, operations)))
  const image = await directory.find(userId, imageId)
  const overlays = await Promise.all(
    [...named].map(([id, token]) => findOverlay(directory, userId, id, token)),
  )
  return { ...image, overlays: new Map(overlays.map(overlay => [overlay.imageId, overlay])) }
}

/**
 * Names the originals that a derivative is rendered from, for its object key: a hash of the versions of the image and of
 * its overlays. Null when none of them was replaced, so that keys stay canonical names.
 */
export function versionOf({
  version,
  overlays,
}: Pick<ImageWithOverlays, 'version' | 'overlays'>): string | null {
  const overlaid = [...overlays.values()].filter(overlay => overlay.version !== null)
  if (version === null && overlaid.length === 0) return null
  const names = overlaid.map(overlay => `${overlay.imageId}:${overlay.version}`).sort()
  return createHash('sha256')
    .update([version ?? '', ...names].join('/'))
    .digest('hex')
    .slice(0, 16)
}

/** Prefixes the error of an overlay with the token that names it. */
async function findOverlay(
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

/** Plans an address that contains neither presets nor `auto`. @throws DarkroomError `bad-url` or `not-applicable` */
export function planAddress(
  operations: Operations,
  address: DerivativeAddress,
  { facts, focal, insight, ladder, overlays }: ImageWithOverlays,
  format: OutputFormat,
): Plan {
  const images = new Map([...overlays].map(([id, overlay]) => [id, overlay.facts]))
  const source = { facts, focal: focal ?? undefined, faces: insight?.faces ?? undefined, ladder, images }
  return planDerivative(source, toPlannedSteps(operations, address.steps), format)
}

/**
 * Reads the sources that a plan needs; a missing rung is replaced by the original.
 * @throws as `Sources.readOriginal` does
 */
export async function readSources(
  sources: Sources,
  image: ImageWithOverlays,
  plan: Plan,
  signal: AbortSignal,
): Promise<RenderSource> {
  const { rung, sharedCopy, selection } = plan
  const pixels =
    (rung && (await sources.readRung(image, rung, signal))) ??
    (sharedCopy && (await sources.readSharedCopy(image, sharedCopy, signal)))
  const original = pixels ?? (await sources.readOriginal(image, selection.page, signal))
  const images: [string, { data: Buffer; facts: DeliverableImage['facts'] }][] = []
  for (const id of plan.imageIds) {
    const overlay = image.overlays.get(id)
    if (overlay)
      images.push([id, { data: await sources.readOriginal(overlay, 1, signal), facts: overlay.facts }])
  }
  const pixelsOf = pixels && (rung ? 'rung' : 'sharedCopy')
  return { original, pixelsOf, images: new Map(images) }
}
