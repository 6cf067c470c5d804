import { api, batchSize } from './api.ts'
import type { Image, SigningRequest } from './api-types.ts'
import { Problem } from './calls.ts'
import { ofVersion } from './image-version.ts'

/** The signed URLs of an image's thumbnail. */
export interface Thumbnail {
  readonly src: string
  readonly srcset: string
}

/** In pixels: about the height of a row of the grid. The width bounds panoramas. */
const box = { w: 640, h: 240 } as const

/** By image and original. */
const cache = new Map<string, Thumbnail | null>()
/** The maximum number of cached thumbnails. The oldest are evicted and signed again on demand. */
const maxCached = 2_000

/** Clears the cache, since revoking a signing key invalidates the URLs that it signed. */
export function forgetThumbnails(): void {
  cache.clear()
}

/** The thumbnails of images, by id. Null when an image has none, for example when URLs may only use presets. */
export async function thumbnailsOf(images: readonly Image[]): Promise<ReadonlyMap<string, Thumbnail | null>> {
  const missing = images.filter(image => !image.keptUntil && !cache.has(keyOf(image)))
  for (let at = 0; at < missing.length; at += batchSize / 2) {
    await signThumbnails(missing.slice(at, at + batchSize / 2))
  }
  for (const key of cache.keys()) {
    if (cache.size <= maxCached) break
    cache.delete(key)
  }
  // the URLs of deleted images do not work
  return new Map(images.map(image => [image.id, (!image.keptUntil && cache.get(keyOf(image))) || null]))
}

async function signThumbnails(images: readonly Image[]): Promise<void> {
  const requests = images.flatMap(image => [request(image, 1), request(image, 2)])
  const signed = await api.signAll(requests).catch((error: unknown) => ({ error }))
  if ('error' in signed) {
    // one rejected request fails the whole batch, for example when an image was just deleted: retry in halves
    const refused = signed.error instanceof Problem && signed.error.status === 400
    if (refused && images.length > 1) await Promise.all(halves(images).map(signThumbnails))
    else if (refused) for (const image of images) cache.set(keyOf(image), null)
    return
  }
  for (const [index, image] of images.entries()) {
    const [one, two] = [2 * index, 2 * index + 1].map(at => signed[at] && ofVersion(signed[at].path, image))
    cache.set(keyOf(image), one && two ? { src: one, srcset: `${one} 1x, ${two} 2x` } : null)
  }
}

const keyOf = ({ id, sha256 }: Image) => `${id} ${sha256}`

const halves = (images: readonly Image[]) => [
  images.slice(0, images.length >> 1),
  images.slice(images.length >> 1),
]

/**
 * WebP of the first frame, for all browsers: every image of a library is shown, so it must be cheap to render. WebP takes
 * a tenth of the time of AVIF or JPEG XL.
 */
function request({ id, pages }: Image, dpr: number): SigningRequest {
  const still = pages > 1 ? [{ op: 'page', animate: 0 }] : []
  const operations = [...still, { op: 'resize', ...box, fit: 'inside', dpr }]
  return { imageId: id, operations, format: 'webp' }
}
