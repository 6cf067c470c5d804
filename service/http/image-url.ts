import type { IncomingMessage } from 'node:http'

/** The path prefixes of image URLs. */
const prefixes = ['/processed/', '/raw/'] as const

/** The path prefix of an image URL. Undefined for any other URL. */
export function imagePrefix(url: string): string | undefined {
  return prefixes.find(prefix => url.startsWith(prefix))
}

/** Whether this is the URL of an image. */
export function isImageUrl(url: string): boolean {
  return imagePrefix(url) !== undefined
}

/** Whether a request may be answered before routing, see `derivative-responder.ts`. */
export function isDerivativeRequest({ method, url = '/' }: IncomingMessage): boolean {
  return method === 'GET' && url.startsWith('/processed/')
}
