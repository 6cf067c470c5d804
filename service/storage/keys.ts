import { createHash } from 'node:crypto'

/**
 * The only place that makes object keys. Its arguments are ids and names that the URL grammar has validated. A version
 * names a replaced original, or the set of originals that a derivative was rendered from; null when none was replaced.
 */

/** The longest key that S3 allows, in bytes. */
const maxKeyBytes = 1024

/** The key of an original. The extension states the detected format, not that of the uploaded file's name. */
export function originalKey(
  userId: string,
  imageId: string,
  extension: string,
  version: string | null = null,
): string {
  return `raw/${userId}/${imageId}-orig.${version === null ? '' : `${version}.`}${extension}`
}

/** The key of a derivative. `fileName` is the canonical one, which begins with the image's id. */
export function derivativeKey(userId: string, fileName: string, version: string | null = null): string {
  if (version === null) return `processed/${userId}/${fileName}`
  const [imageId = ''] = /^[a-z0-9]+/.exec(fileName) ?? []
  const rest = fileName.slice(imageId.length)
  const key = `processed/${userId}/${imageId}.${version}${rest}`
  if (key.length <= maxKeyBytes) return key
  const hash = createHash('sha256').update(rest).digest('hex')
  return `processed/${userId}/${imageId}.${version}.${hash}`
}

/** The prefixes of all derivatives of an image and of no other (ids differ in length: `abc` begins with `ab`). */
export function derivativePrefixes(userId: string, imageId: string): string[] {
  return [derivativeKey(userId, `${imageId}_`), derivativeKey(userId, `${imageId}.`)]
}

/** An image, and which of its originals is meant. */
interface VersionedImage {
  readonly userId: string
  readonly imageId: string
  readonly version: string | null
}

/** No page or rung of a first original begins with a v. */
const versionPart = (version: string | null) => (version === null ? '' : `v${version}-`)

/** The key of a page's pixels, decoded once from an original that is expensive to decode. Pages count from 1. */
export function pageKey({ userId, imageId, version }: VersionedImage, page: number): string {
  return `rungs/${userId}/${imageId}-${versionPart(version)}p${page}.png`
}

/** The key of a smaller copy of an original, from which derivatives are rendered. The width is in pixels. */
export function rungKey(
  { userId, imageId, version }: VersionedImage,
  width: number,
  extension: string,
): string {
  return `rungs/${userId}/${imageId}-${versionPart(version)}w${width}.${extension}`
}

/** The prefixes of the pages and rungs of one original of an image. */
export function versionPrefixes({ userId, imageId, version }: VersionedImage): string[] {
  const kinds = version === null ? ['w', 'p'] : [versionPart(version)]
  return kinds.map(kind => `${rungPrefix(userId, imageId)}${kind}`)
}

/** The prefix of an image's pages and rungs, those of replaced originals included. */
export function rungPrefix(userId: string, imageId: string): string {
  return `rungs/${userId}/${imageId}-`
}

/** The prefix of an image's originals, with any version and extension. */
export function originalPrefix(userId: string, imageId: string): string {
  return `raw/${userId}/${imageId}-orig.`
}

/** The prefix of all files that clients uploaded directly to the store. */
export const incomingPrefix = 'incoming/'

/** The key of a direct upload that is not an image yet. It is never served. */
export function incomingKey(userId: string, uploadId: string): string {
  return `${incomingPrefix}${userId}/${uploadId}`
}

/** The prefixes of the objects of all users. */
export const rootPrefixes: readonly string[] = ['raw/', 'rungs/', 'processed/', incomingPrefix]

/** The prefixes of every object of a user, and of no other. */
export function userPrefixes(userId: string): string[] {
  return rootPrefixes.map(kind => `${kind}${userId}/`)
}

/** The prefix of the descriptions of all backups. Their originals have the same keys as in the store. */
export const backupPrefix = 'backups/'

/** The key of a part of a backup's file. Parts count from 1. */
export function backupPartKey(backup: string, file: string, part: number): string {
  return `${backupPrefix}${backup}/${file}.${String(part).padStart(4, '0')}.gz`
}

/** The key of the object that completes a backup. */
export function backupManifestKey(backup: string): string {
  return `${backupPrefix}${backup}/manifest.json`
}

/** The key of the progress of a restore, in the store that is restored. */
export const restoreProgressKey = 'restoring/progress.json'

/** The key of a file with the rows of one kind in the export of a user. Parts count from 1. */
export function exportFileKey(kind: string, part: number, extension: string): string {
  return part === 1 ? `${kind}.${extension}` : `${kind}.${part}.${extension}`
}

/** The key of an original in the export of a user. The folders keep their lists short. */
export function exportOriginalKey(imageId: string, extension: string): string {
  return `originals/${imageId.slice(0, 2)}/${imageId}.${extension}`
}
