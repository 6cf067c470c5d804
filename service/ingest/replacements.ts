import { createReadStream } from 'node:fs'
import { requireReplacementQuota } from '../access/limit-checks.ts'
import { sourceKeys } from '../delivery/source-keys.ts'
import type { InspectionResult } from '../engine/sources/inspect.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { Database } from '../metadata/database.ts'
import type { FocalPoint, Image } from '../metadata/image.ts'
import type { ImageRepository } from '../metadata/images.ts'
import { type NewOriginal, type OriginalFile, OriginalFileRepository } from '../metadata/original-files.ts'
import type { QuotaRepository } from '../metadata/quotas.ts'
import { contentTypeOf } from '../plan/formats.ts'
import type { DerivativeRemover } from '../removal/derivative-remover.ts'
import type { ImageDeleter } from '../removal/image-deleter.ts'
import type { Purger } from '../removal/purger.ts'
import { originalKey, pageKey, versionPrefixes } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { IngestScheduler } from './ingest-scheduler.ts'
import { type FileInspectionParts, inspectFile } from './inspect-file.ts'
import { rejectTakenDown } from './taken-down.ts'
import type { StagedFile } from './upload-staging.ts'

export interface ReplacementsParts extends FileInspectionParts {
  readonly database: Pick<Database, 'transaction'>
  readonly images: Pick<ImageRepository, 'find'>
  readonly originalFiles: OriginalFileRepository
  readonly quotas: Pick<QuotaRepository, 'findLimitedHoldings'>
  readonly store: ObjectStore
  readonly imageDeleter: Pick<ImageDeleter, 'invalidate'>
  readonly derivativeRemover: Pick<DerivativeRemover, 'deletePrefixes'>
  readonly purger: Pick<Purger, 'purge'>
  readonly ingestScheduler: IngestScheduler
  readonly logger: Logger
}

/** What a replacement sets besides the file. */
export interface ReplacementLabels {
  readonly fileName: string | null
  /** Absent to keep the focal point, null to remove it. */
  readonly focal?: FocalPoint | null | undefined
}

/** The time in milliseconds after which a replacement under way counts as crashed. */
const abandonedMs = 3_600_000

/** Replaces the originals of images. */
export interface Replacements {
  /** @throws DarkroomError `not-found` unless the user has such a ready image */
  requireImage(userId: string, imageId: string): Promise<void>
  /**
   * Makes a staged file the original of an image. The file is stored under a key of its own; one transaction then makes
   * it the original, so that each process at any moment serves either the earlier or the new one. What was made from the
   * earlier one is removed before the call returns, and the earlier file last. `onReplaced` is called as soon as the file
   * is the original, even if the removal then fails.
   * @throws DarkroomError as `Uploads.accept`, or `not-found`; `unavailable` when the removal is not complete: the sweep
   *   completes it, and the same replacement can be repeated
   */
  replace(
    userId: string,
    imageId: string,
    file: StagedFile,
    labels: ReplacementLabels,
    options: { readonly signal: AbortSignal; readonly onReplaced: () => Promise<void> },
  ): Promise<Image>
  /** Deletes the files that crashes and an unreachable store have left behind. Stops when the signal aborts. */
  sweep(signal: AbortSignal): Promise<void>
}

export function createReplacements(parts: ReplacementsParts): Replacements {
  const { images, originalFiles, ingestScheduler, imageDeleter, purger, logger } = parts
  const find = async (userId: string, imageId: string) => {
    const image = await images.find(userId, imageId)
    if (image?.state !== 'ready') throw unknownImage()
    return image
  }
  return {
    async requireImage(userId, imageId) {
      await find(userId, imageId)
    },
    async replace(userId, imageId, file, labels, { signal, onReplaced }) {
      const { bytes } = await find(userId, imageId)
      const requireQuota = () => requireReplacementQuota(parts.quotas, userId, file.bytes - bytes)
      const inspected = await inspectFile(parts, userId, file, requireQuota, signal)
      const image = await storeOriginal(parts, { userId, imageId }, file, inspected, labels, signal)
      // from here on the client's connection does not matter any more
      imageDeleter.invalidate([{ id: imageId, userId }])
      ingestScheduler.enqueueIngest({ userId, imageId, version: image.version })
      await onReplaced()
      await purger.purge(userId, imageId)
      for (const obsolete of await originalFiles.listObsolete({ userId, imageId }))
        await removeFile(parts, obsolete)
      return image
    },
    async sweep(signal) {
      await originalFiles.abandonOld(new Date(Date.now() - abandonedMs))
      for (const file of await originalFiles.listObsolete()) {
        if (signal.aborted) return
        await removeFile(parts, file, signal).catch(error =>
          logger.warn({ imageId: file.imageId, reason: messageOf(error) }, 'failed to remove an original'),
        )
      }
    },
  }
}

const unknownImage = () => new DarkroomError('not-found', 'there is no such image')

/** Writes the file beside the current original, and then makes it the original. */
async function storeOriginal(
  parts: ReplacementsParts,
  { userId, imageId }: Pick<OriginalFile, 'userId' | 'imageId'>,
  { path, bytes, sha256 }: StagedFile,
  { facts, firstPage }: InspectionResult,
  labels: ReplacementLabels,
  signal: AbortSignal,
): Promise<Image> {
  const { database, originalFiles, takedowns, store } = parts
  const { format, width, height, pages } = facts
  const extension = format
  const version = await originalFiles.begin(userId, imageId, { extension, sha256 })
  if (version === undefined) throw unknownImage()
  try {
    // checked again after the row has stored the hash: a takedown from now on finds the row and ends the replacement
    await rejectTakenDown(takedowns, sha256)
    const key = originalKey(userId, imageId, extension, version)
    const body = { stream: createReadStream(path), bytes }
    const isNew = await store.put(key, body, { contentType: contentTypeOf(format), onlyNew: true, signal })
    if (!isNew) throw new Error(`object ${key} already exists`)
    const page = pageKey({ userId, imageId, version }, 1)
    if (firstPage) await store.put(page, firstPage, { contentType: 'image/png', durable: false, signal })
    const content = { extension, format, width, height, pages, bytes, sha256, facts }
    const original: NewOriginal = { content, ...labels }
    return await database.transaction(transaction =>
      new OriginalFileRepository(transaction).complete(userId, imageId, version, original),
    )
  } catch (error) {
    await abandon(parts, { id: version, userId, imageId, version, extension, pages: 1 })
    await rejectTakenDown(takedowns, sha256).catch(rejection => {
      throw rejection instanceof DarkroomError && rejection.code === 'taken-down' ? rejection : error
    })
    throw error
  }
}

/**
 * Deletes a file that did not become the original. The row decides: after a lost connection, the transaction may have
 * been committed all the same. Never throws: the sweep repeats what fails.
 */
async function abandon(parts: ReplacementsParts, file: OriginalFile): Promise<void> {
  const { originalFiles, images, logger, store } = parts
  try {
    if (await originalFiles.abandon(file.id)) return await removeFile(parts, file)
    // the row is gone: with the user, or because a sweep removed the file, which may have come back since then
    const image = await images.find(file.userId, file.imageId)
    if (image?.version !== file.version) await store.delete(keysOf(file))
  } catch (error) {
    logger.warn({ imageId: file.imageId, reason: messageOf(error) }, 'failed to roll back a replacement')
  }
}

/** The keys of the file, and of the pages and rungs that can have been made from it. */
const keysOf = ({ userId, imageId, extension, version, pages }: OriginalFile) => [
  originalKey(userId, imageId, extension, version),
  ...sourceKeys({ userId, imageId, version }, { extension, pages: pages ?? 1 }),
]

/** Removes the file, and what was made from it. The row goes last, so that a failure is repeated. */
async function removeFile(
  { originalFiles, derivativeRemover, store }: ReplacementsParts,
  file: OriginalFile,
  signal?: AbortSignal,
): Promise<void> {
  if (file.pages === null) await derivativeRemover.deletePrefixes(versionPrefixes(file), signal)
  await store.delete(keysOf(file), signal)
  await originalFiles.remove(file.id)
}
