import { createHash, randomBytes } from 'node:crypto'
import { accountTerms, requireOriginals, termsOfUser } from '../../access/authorizer.ts'
import type { PresetStore } from '../../access/preset-store.ts'
import { RateLimit } from '../../access/rate-limit.ts'
import { KeyedCounter } from '../../concurrency/keyed-counter.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { ArchivedImage, ImageDownload, ImageDownloadRepository } from '../../metadata/image-downloads.ts'
import type { ImageFilter } from '../../metadata/image-filter.ts'
import type { ImageLists } from '../../metadata/image-lists.ts'
import type { UserRepository } from '../../metadata/users.ts'
import type { Deliver } from '../deliver.ts'
import type { DeliverOriginal } from '../deliver-original.ts'
import { type FindArchiveGrant, openOriginals, openPresets, WithdrawnRightsError } from './archive-files.ts'
import {
  type ArchiveContent,
  createImageArchive,
  type ImageArchive,
  type OnArchived,
} from './image-archive.ts'

/** The most images of an archive. */
export const maxArchivedImages = 1_000
/** How long a link to an archive is valid, in milliseconds. */
const linkMs = 300_000
/** The most archives that are sent at once, of a user and in all, in this process. */
const maxPerUser = 2
const maxInProcess = 16
const busyMs = 30_000

/** The images of an archive, and what is done with them. */
export interface DownloadRequest {
  readonly ids?: readonly string[] | undefined
  /** Selects images instead of `ids`. */
  readonly filter?: ImageFilter | undefined
  readonly preset?: string | undefined
  readonly format: string
  readonly fileName: string
  /** The API key of the caller, without which the link is not valid any more; null for a session. */
  readonly apiKeyId: string | null
}

/** A link to an archive. */
export interface DownloadLink {
  /** Whoever has it may download the archive, once. */
  readonly secret: string
  readonly expiresAt: Date
  readonly images: number
  /** The bytes of the originals. */
  readonly bytes: number
}

/** An archive that is being sent. */
export interface OpenDownload extends ImageArchive {
  readonly userId: string
  readonly fileName: string
}

export interface ImageDownloadsParts {
  readonly downloads: ImageDownloadRepository
  readonly lists: Pick<ImageLists, 'selectIds'>
  readonly users: Pick<UserRepository, 'findById'>
  readonly presets: Pick<PresetStore, 'printExpanded'>
  readonly deliver: Deliver
  readonly deliverOriginal: DeliverOriginal
  readonly logger: { warn(facts: object, message: string): void }
}

/** Archives of images that users download by a link. */
export interface ImageDownloads {
  /**
   * Makes a link. The archive is made while it is downloaded.
   * @throws DarkroomError `bad-request`, `forbidden`, `not-found` or `too-many-requests`, and what lists throw
   */
  order(userId: string, request: DownloadRequest): Promise<DownloadLink>
  /**
   * Takes a link, and opens its archive. The signal ends it, and has to abort when the response is over.
   * @throws DarkroomError `not-found` for a link that was used or has expired, `too-many-requests` or `overloaded`
   */
  open(secret: string, signal: AbortSignal, onArchived: OnArchived): Promise<OpenDownload>
}

export function createImageDownloads(parts: ImageDownloadsParts): ImageDownloads {
  const orders = new RateLimit({ max: 30, windowMs: 60_000 })
  const inProgress = new KeyedCounter()
  return {
    async order(userId, request) {
      // searches are limited as lists are, so orders that are refused need not count
      const { imageIds, images } = await selectImages(parts, userId, request)
      await requireRights(parts, userId, request.preset)
      orders.take(userId, 'downloads')
      const secret = randomBytes(24).toString('base64url')
      const { preset = null, format, fileName, apiKeyId } = request
      const download = { userId, imageIds, preset, format, fileName, apiKeyId }
      await parts.downloads.add(hashOf(secret), download, linkMs)
      const bytes = images.reduce((sum, { bytes }) => sum + bytes, 0)
      return { secret, expiresAt: new Date(Date.now() + linkMs), images: images.length, bytes }
    },
    async open(secret, signal, onArchived) {
      const hash = hashOf(secret)
      const download = await parts.downloads.find(hash)
      if (download === undefined) throw unknownLink()
      const leave = enter(inProgress, download.userId)
      signal.addEventListener('abort', leave, { once: true })
      try {
        signal.throwIfAborted()
        const content = await loadContent(parts, download)
        // last, so that the link stays valid when something before it fails
        if (!(await parts.downloads.take(hash))) throw unknownLink()
        return openArchive(parts, download, content, { signal, onArchived })
      } catch (error) {
        leave()
        throw error
      }
    },
  }
}

const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex')

const unknownLink = () => new DarkroomError('not-found', 'the link was used or has expired')

/** Counts an archive until the returned function is called. The link stays valid when there are too many. */
function enter(inProgress: KeyedCounter, userId: string): () => void {
  if (inProgress.count(userId) >= maxPerUser)
    throw new DarkroomError('too-many-requests', `downloads: at most ${maxPerUser} at once`, {
      retryAfterMs: busyMs,
    })
  if (inProgress.total >= maxInProcess)
    throw new DarkroomError('overloaded', 'too many downloads are in progress', { retryAfterMs: busyMs })
  return inProgress.enter(userId)
}

/** @throws DarkroomError `forbidden` for originals, or `not-found` for an unknown preset */
async function requireRights(
  { users, presets }: ImageDownloadsParts,
  userId: string,
  preset: string | undefined,
): Promise<void> {
  if (preset === undefined) return requireOriginals(await termsOfUser(users, userId))
  if ((await presets.printExpanded(userId, preset)) === undefined)
    throw new DarkroomError('not-found', 'preset: there is no such preset')
}

async function selectImages(
  { downloads, lists }: ImageDownloadsParts,
  userId: string,
  { ids, filter }: DownloadRequest,
): Promise<{ imageIds: string[]; images: ArchivedImage[] }> {
  if ((ids === undefined) === (filter === undefined))
    throw new DarkroomError('bad-request', 'ids, filter: expected one of them')
  const wanted = ids ?? (await lists.selectIds(userId, filter ?? {}, maxArchivedImages + 1))
  if (wanted.length > maxArchivedImages)
    throw new DarkroomError('bad-request', `filter: selects more than ${maxArchivedImages} images`)
  const imageIds = [...new Set(wanted)]
  const images = await downloads.listImages(userId, imageIds)
  if (images.length === 0) throw new DarkroomError('not-found', 'there is no such image')
  return { imageIds, images }
}

async function loadContent(
  parts: ImageDownloadsParts,
  { userId, imageIds, preset, format }: ImageDownload,
): Promise<ArchiveContent> {
  if (preset === null) requireOriginals(await termsOfUser(parts.users, userId))
  const findGrant: FindArchiveGrant = async () => {
    const user = await parts.users.findById(userId)
    const terms = user && accountTerms(user)
    const mayRead = user?.disabled === false && (preset !== null || terms?.originals)
    if (!terms || !mayRead) throw new WithdrawnRightsError()
    return { ...terms, policy: undefined, userId, expires: undefined, download: undefined, fallback: null }
  }
  const images = await parts.downloads.listImages(userId, imageIds)
  const found = new Set(images.map(({ id }) => id))
  return {
    images,
    missing: imageIds.filter(id => !found.has(id)),
    areOriginals: preset === null,
    open:
      preset === null
        ? openOriginals(parts.deliverOriginal, findGrant)
        : openPresets(parts.deliver, findGrant, { preset, format }),
  }
}

function openArchive(
  { logger }: ImageDownloadsParts,
  { userId, fileName }: ImageDownload,
  content: ArchiveContent,
  { signal, onArchived }: { readonly signal: AbortSignal; readonly onArchived: OnArchived },
): OpenDownload {
  const onError = (error: unknown, imageId: string) =>
    logger.warn({ err: error, userId, imageId }, 'failed to archive image')
  return { ...createImageArchive(content, { signal, onArchived, onError }), userId, fileName }
}
