import Type from 'typebox'
import { requireUploadQuota } from '../../access/limit-checks.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { Queryable } from '../../metadata/database.ts'
import { randomId } from '../../metadata/ids.ts'
import type { ImageRepository } from '../../metadata/images.ts'
import { ImportRepository, type NewImport, type WaitingImport } from '../../metadata/imports.ts'
import type { QuotaRepository } from '../../metadata/quotas.ts'
import type { TaskFailure, TaskPage } from '../../metadata/tasks.ts'
import type { ImageDeleter } from '../../removal/image-deleter.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Uploads } from '../uploads.ts'
import type { ImageImporter } from './image-importer.ts'
import { type ImportOutcome, importMs, outcomeOf } from './import-outcome.ts'

/** The name of the task that imports many images. */
export const importTaskName = 'import'

/** The payload of the task. */
export const ImportTask = Type.Object({
  /** The id of the task itself. */
  importId: Type.String(),
  userId: Type.String(),
  /** The API key that ordered it, without which it does not go on; null for a session. */
  apiKeyId: Type.Union([Type.String(), Type.Null()]),
  count: Type.Integer(),
})
export type ImportTask = Type.Static<typeof ImportTask>

/** How many imported images were added to the progress of the task. */
export const ImportPosition = Type.Object({ counted: Type.Integer() })
export type ImportPosition = Type.Static<typeof ImportPosition>

/** What the task is about, for display. */
export const importSubject = (count: number) => (count === 1 ? '1 image' : `${count} images`)

export interface ImageImportsParts {
  readonly rows: ImportRepository
  readonly images: Pick<ImageRepository, 'hasRow' | 'abandonUpload' | 'find'>
  readonly imageDeleter: Pick<ImageDeleter, 'abandonUpload'>
  readonly quotas: Pick<QuotaRepository, 'findLimitedHoldings'>
  readonly uploads: Uploads
  readonly importer: ImageImporter
  readonly logger: Pick<Logger, 'warn'>
  readonly tasks: {
    /**
     * Gives a user one more unfinished task, which `work` creates.
     * @throws DarkroomError `too-many-requests` when the user has too many of them
     */
    withRoom(userId: string, work: (transaction: Queryable) => Promise<void>): Promise<void>
    /** Says that a task was created. */
    announce(): void
  }
}

/** How many addresses of an import are fetched at the same time. */
const maxConcurrent = 4
/** How many addresses a page reads, and how long it begins new ones, in milliseconds. */
const pageSize = 32
const pageMs = 2_000
/** The calls per minute that imports of many leave to imports of one image. */
const reservedFetches = 30
/** The shortest pause before what could not be done now is tried again, in milliseconds. */
const shortestPauseMs = 1_000

/** Imports many images from their addresses, in the background. */
export interface ImageImports {
  /**
   * Creates the task and returns its id.
   * @throws DarkroomError `too-many-requests` when the user has too many unfinished imports or tasks
   */
  create(userId: string, apiKeyId: string | null, images: readonly NewImport[]): Promise<string>
  /** Imports images for about two seconds. An image that fails does not stop the others. */
  runPage(task: ImportTask, position: ImportPosition, signal: AbortSignal): Promise<TaskPage<ImportPosition>>
}

export function createImageImports(parts: ImageImportsParts): ImageImports {
  const { tasks } = parts
  return {
    async create(userId, apiKeyId, images) {
      const importId = randomId(16)
      const count = images.length
      const payload: ImportTask = { importId, userId, apiKeyId, count }
      const task = { kind: importTaskName, key: importId, userId, subject: importSubject(count), payload }
      await tasks.withRoom(userId, transaction => new ImportRepository(transaction).create(task, images))
      tasks.announce()
      return importId
    },
    runPage: (task, position, signal) => runPage(parts, task, position, signal),
  }
}

async function runPage(
  parts: ImageImportsParts,
  task: ImportTask,
  { counted }: ImportPosition,
  signal: AbortSignal,
): Promise<TaskPage<ImportPosition>> {
  const { rows } = parts
  const { importId, count: total } = task
  const items = await rows.listWaiting(importId, pageSize)
  const { delayMs, isRefused } = await importEach(parts, task, items, signal)
  // counted in the table, so that images whose process died before the end of the page are not missing
  const { waiting, done, failed } = await rows.count(importId)
  if (isRefused) return { done: done - counted, total, failure: notAllowed }
  if (waiting > 0 || done !== counted)
    return { next: { counted: done }, done: done - counted, total, delayMs }
  return { done: 0, total, failure: await failureOf(rows, importId, failed) }
}

const notAllowed: TaskFailure = {
  code: 'forbidden',
  detail:
    'the import was cancelled, its user is disabled, or the API key that ordered it is not valid any more',
}

/** Why the task failed: the first address that did. */
async function failureOf(
  rows: ImportRepository,
  importId: string,
  failed: number,
): Promise<TaskFailure | undefined> {
  const first = (await rows.failuresOf([importId])).get(importId)?.failures[0]
  if (!first?.code) return undefined
  const detail = `images: ${failed} were not imported, the first of them: images.${first.number}: ${first.detail}`
  return { code: first.code, detail }
}

interface PageOutcome {
  /** How long to wait before the next page, in milliseconds; absent when it can follow at once. */
  readonly delayMs?: number | undefined
  /** Whether the import must not go on. */
  readonly isRefused: boolean
}

/**
 * Imports the images, a few at the same time, and begins none after two seconds.
 * @throws the error of an outage, after the other images have ended
 */
async function importEach(
  parts: ImageImportsParts,
  { importId, userId, apiKeyId }: ImportTask,
  items: readonly WaitingImport[],
  signal: AbortSignal,
): Promise<PageOutcome> {
  const started = performance.now()
  const left = items.values()
  let delayMs: number | undefined
  let isRefused = false
  const work = async () => {
    for (const item of left) {
      if (!(await parts.rows.isAllowed(importId, userId, apiKeyId))) {
        isRefused = true
        return
      }
      const outcome = await importOne(parts, userId, item, signal)
      if (outcome.kind === 'stop') throw outcome.error
      if (outcome.kind === 'later') delayMs = Math.max(shortestPauseMs, delayMs ?? 0, outcome.delayMs)
      else await parts.rows.settle(item, outcome.failure)
      if (delayMs !== undefined || performance.now() - started > pageMs) return
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: maxConcurrent }, work))
  const broken = ended.find(one => one.status === 'rejected')
  if (broken) throw broken.reason
  return { delayMs, isRefused }
}

/** Imports one image. Never throws. */
async function importOne(
  parts: ImageImportsParts,
  userId: string,
  item: WaitingImport,
  signal: AbortSignal,
): Promise<ImportOutcome> {
  const timeLimit = AbortSignal.timeout(importMs)
  const either = AbortSignal.any([signal, timeLimit])
  try {
    const imageId = await prepare(parts, userId, item)
    if (imageId !== undefined) await createImage(parts, userId, { ...item, imageId }, either)
    return { kind: 'settled' }
  } catch (error) {
    return outcomeOf(error, { signal, timeLimit, logger: parts.logger, url: item.url })
  }
}

/**
 * Returns the id of the image to create; undefined when an earlier attempt has completed it. An attempt that has not, of
 * this process or of one that seems to have died, is ended: it cannot complete its image any more, so no second one appears.
 * @throws DarkroomError `conflict` when another process has prepared the same address
 */
async function prepare(
  { rows, images, imageDeleter }: ImageImportsParts,
  userId: string,
  item: WaitingImport,
): Promise<string | undefined> {
  const { imageId: id } = item
  if (!(await images.hasRow(id))) return id
  await images.abandonUpload(id)
  if (await images.find(userId, id)) return undefined
  await imageDeleter.abandonUpload({ id, userId })
  const renewed = await rows.renewImageId(item)
  if (renewed !== undefined) return Object.assign(item, { imageId: renewed }).imageId
  throw new DarkroomError('conflict', 'another process imports this image')
}

/** As the import of one image. @throws what `ImageImporter.fetch` and `Uploads.accept` throw */
async function createImage(
  { quotas, uploads, importer }: ImageImportsParts,
  userId: string,
  { url, labels, imageId }: WaitingImport,
  signal: AbortSignal,
): Promise<void> {
  // nothing is fetched for a user who has no room left
  await requireUploadQuota(quotas, userId, 0)
  await uploads.runInSlot(userId, signal, async () => {
    const { fileName, ...file } = await importer.fetch(userId, url, signal, reservedFetches)
    try {
      await uploads.accept(userId, file, { ...labels, fileName }, signal, { imageId })
    } finally {
      await file.dispose()
    }
  })
}
