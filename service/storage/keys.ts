/** The one place where object keys are made. Its arguments are ids and names that the grammar has validated. */

/** The key of an original; its extension says how its content was sniffed, not how it was named. */
export function originalKey(userId: string, imageId: string, extension: string): string {
  return `raw/${userId}/${imageId}-orig.${extension}`
}

/** The key of a derivative; `fileName` is the canonical one, which begins with the image's id. */
export function derivativeKey(userId: string, fileName: string): string {
  return `processed/${userId}/${fileName}`
}

/** The prefixes that cover all derivatives of an image and of no other (ids differ in length: `ab` begins `abc`). */
export function derivativePrefixes(userId: string, imageId: string): string[] {
  return [derivativeKey(userId, `${imageId}_`), derivativeKey(userId, `${imageId}.`)]
}

/** The key of a page's pixels, decoded once from an original that costs much to read; pages count from 1. */
export function pageKey(userId: string, imageId: string, page: number): string {
  return `rungs/${userId}/${imageId}-p${page}.png`
}

/** The key of a smaller copy of an original, which developments read in its place; the width is in pixels. */
export function rungKey(userId: string, imageId: string, width: number, extension: string): string {
  return `rungs/${userId}/${imageId}-w${width}.${extension}`
}

/** The prefix that covers an image's pages and rungs. */
export function rungPrefix(userId: string, imageId: string): string {
  return `rungs/${userId}/${imageId}-`
}

/** The prefix that covers an image's original, whatever its extension. */
export function originalPrefix(userId: string, imageId: string): string {
  return `raw/${userId}/${imageId}-orig.`
}

/** The prefix that covers all files that users put into the store by themselves. */
export const incomingPrefix = 'incoming/'

/** The key of a file that was put there and is no image yet: nothing is served from it. */
export function incomingKey(userId: string, uploadId: string): string {
  return `${incomingPrefix}${userId}/${uploadId}`
}

/** The prefixes that cover every object of a user, and of no other. */
export function userPrefixes(userId: string): string[] {
  return ['raw', 'rungs', 'processed', 'incoming'].map(kind => `${kind}/${userId}/`)
}
