import { api, batchSize } from './api.ts'
import type { Image, SigningRequest } from './api-types.ts'
import { Problem } from './calls.ts'
import { ofVersion } from './image-version.ts'
import { mayWritePresets } from './session.ts'

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

/**
 * The thumbnails of images, by id. Null when an image has none, for example when URLs may only use presets. An image has
 * no entry when the service cannot sign now.
 */
export async function thumbnailsOf(images: readonly Image[]): Promise<ReadonlyMap<string, Thumbnail | null>> {
  // the URLs of deleted images do not work
  const maySign = (image: Image) => !image.keptUntil && mayWritePresets()
  const missing = images.filter(image => maySign(image) && !cache.has(keyOf(image)))
  for (let at = 0; at < missing.length; at += batchSize / 2) {
    await signThumbnails(missing.slice(at, at + batchSize / 2))
  }
  const found = new Map<string, Thumbnail | null>()
  for (const image of images) {
    const thumbnail = maySign(image) ? cache.get(keyOf(image)) : null
    if (thumbnail !== undefined) found.set(image.id, thumbnail)
  }
  for (const key of cache.keys()) {
    if (cache.size <= maxCached) break
    cache.delete(key)
  }
  return found
}

/** @returns why the service refuses one of the images; undefined when it refuses none or cannot answer now */
async function signThumbnails(images: readonly Image[]): Promise<string | undefined> {
  const requests = images.flatMap(image => [request(image, 1), request(image, 2)])
  const signed = await api.signAll(requests).catch((error: unknown) => ({ error }))
  if ('error' in signed) {
    const { error } = signed
    return error instanceof Problem && error.status === 400 ? signRefused(images, error.message) : undefined
  }
  for (const [index, image] of images.entries()) {
    const [one, two] = [2 * index, 2 * index + 1].map(at => signed[at] && ofVersion(signed[at].path, image))
    cache.set(keyOf(image), one && two ? { src: one, srcset: `${one} 1x, ${two} 2x` } : null)
  }
  return undefined
}

/** One refused request fails the whole batch, for example when an image was just deleted: retries in halves. */
async function signRefused(images: readonly Image[], message: string): Promise<string> {
  // the message begins with the index of the request
  const reason = message.replace(/^\d+: /, '')
  if (images.length === 1 || (/^[01]: /.test(message) && (await areAllRefused(images, reason)))) {
    for (const image of images) cache.set(keyOf(image), null)
  } else for (const half of halves(images)) await signThumbnails(half)
  return reason
}

/**
 * Whether the service also refuses images in the middle and at the end, for the reason for which it refuses the first.
 * The limits of a user refuse every image, and halves would take two batches for each of them.
 */
async function areAllRefused(images: readonly Image[], reason: string): Promise<boolean> {
  for (const at of [images.length >> 1, images.length - 1]) {
    if ((await signThumbnails(images.slice(at, at + 1))) !== reason) return false
  }
  return true
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
