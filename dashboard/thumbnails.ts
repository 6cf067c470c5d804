import { api, batchSize } from './api.ts'
import type { Image, SigningRequest } from './api-types.ts'
import { Problem } from './calls.ts'

/** Where a small picture of an image is. */
export interface Thumbnail {
  readonly src: string
  readonly srcset: string
}

/** Pixels: a row of the grid is about as high, and a panorama not endlessly wide. */
const box = { w: 640, h: 240 } as const

const known = new Map<string, Thumbnail | null>()
/** More are forgotten, oldest first: their signatures are made anew when they are seen again. */
const maxCached = 2_000

/** A revoked key takes its URLs with it: all are signed anew. */
export function forgetThumbnails(): void {
  known.clear()
}

/** The thumbnails of images, by id; null where none can be had, as when URLs may only name presets. */
export async function thumbnailsOf(images: readonly Image[]): Promise<ReadonlyMap<string, Thumbnail | null>> {
  const missing = images.filter(({ id, keptUntil }) => !keptUntil && !known.has(id))
  for (let at = 0; at < missing.length; at += batchSize / 2) {
    await sign(missing.slice(at, at + batchSize / 2))
  }
  for (const id of known.keys()) {
    if (known.size <= maxCached) break
    known.delete(id)
  }
  // the URLs of deleted images do not work
  return new Map(images.map(({ id, keptUntil }) => [id, (!keptUntil && known.get(id)) || null]))
}

async function sign(images: readonly Image[]): Promise<void> {
  const requests = images.flatMap(({ id }) => [request(id, 1), request(id, 2)])
  const signed = await api.signAll(requests).catch((error: unknown) => ({ error }))
  if ('error' in signed) {
    // one that is refused spoils the batch: an image may have been deleted a moment ago
    const refused = signed.error instanceof Problem && signed.error.status === 400
    if (refused && images.length > 1) await Promise.all(halves(images).map(sign))
    else if (refused) for (const { id } of images) known.set(id, null)
    return
  }
  for (const [index, { id }] of images.entries()) {
    const [one, two] = [signed?.[2 * index]?.path, signed?.[2 * index + 1]?.path]
    known.set(id, one && two ? { src: one, srcset: `${one} 1x, ${two} 2x` } : null)
  }
}

const halves = (images: readonly Image[]) => [
  images.slice(0, images.length >> 1),
  images.slice(images.length >> 1),
]

function request(imageId: string, dpr: number): SigningRequest {
  return { imageId, operations: [{ op: 'resize', ...box, fit: 'inside', dpr }], format: 'auto' }
}
