/** The only place that makes object keys. Its arguments are ids and names that the URL grammar has validated. */

/** The key of an original. The extension states the detected format, not that of the uploaded file's name. */
export function originalKey(userId: string, imageId: string, extension: string): string {
  return `raw/${userId}/${imageId}-orig.${extension}`
}

/** The key of a derivative. `fileName` is the canonical one, which begins with the image's id. */
export function derivativeKey(userId: string, fileName: string): string {
  return `processed/${userId}/${fileName}`
}

/** The prefixes of all derivatives of an image and of no other (ids differ in length: `abc` begins with `ab`). */
export function derivativePrefixes(userId: string, imageId: string): string[] {
  return [derivativeKey(userId, `${imageId}_`), derivativeKey(userId, `${imageId}.`)]
}

/** The key of a page's pixels, decoded once from an original that is expensive to decode. Pages count from 1. */
export function pageKey(userId: string, imageId: string, page: number): string {
  return `rungs/${userId}/${imageId}-p${page}.png`
}

/** The key of a smaller copy of an original, from which derivatives are rendered. The width is in pixels. */
export function rungKey(userId: string, imageId: string, width: number, extension: string): string {
  return `rungs/${userId}/${imageId}-w${width}.${extension}`
}

/** The prefix of an image's pages and rungs. */
export function rungPrefix(userId: string, imageId: string): string {
  return `rungs/${userId}/${imageId}-`
}

/** The prefix of an image's original, with any extension. */
export function originalPrefix(userId: string, imageId: string): string {
  return `raw/${userId}/${imageId}-orig.`
}

/** The prefix of all files that clients uploaded directly to the store. */
export const incomingPrefix = 'incoming/'

/** The key of a direct upload that is not an image yet. It is never served. */
export function incomingKey(userId: string, uploadId: string): string {
  return `${incomingPrefix}${userId}/${uploadId}`
}

/** The prefixes of every object of a user, and of no other. */
export function userPrefixes(userId: string): string[] {
  return ['raw', 'rungs', 'processed', 'incoming'].map(kind => `${kind}/${userId}/`)
}
