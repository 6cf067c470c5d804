import { targets } from '../settings.ts'
import type { Budget } from './measure.ts'
import {
  call,
  countImages,
  nextImage,
  type Operation,
  type Site,
  untilNone,
  uploadForm,
} from './operations.ts'

const { write, remove, bulk, archive, purge, deletion } = targets.metadata
/** A request on an image of its own. */
const onImage = (
  name: string,
  method: string,
  path: (id: string) => string,
  body?: (id: string) => object,
  budget: Budget = write,
): Operation => ({
  name,
  budget,
  prepare: async site => {
    const id = nextImage(site)
    return () => call(site.large, method, path(id), body?.(id))
  },
})

/** An archive that is refused with 400 because it would have too many images. */
const refused = (name: string, body: () => object): Operation => ({
  name,
  budget: archive,
  prepare:
    async ({ large }) =>
    async () => {
      const { status } = await large.call('POST', 'images/downloads', body())
      if (status !== 400) throw new Error(`POST images/downloads: expected 400, got ${status}`)
    },
})

const images = (site: Site, count: number) => Array.from({ length: count }, () => nextImage(site))

const bulkOf = (name: string, body: object): Operation => ({
  name,
  budget: bulk,
  prepare: async site => {
    const ids = images(site, 20)
    return () => call(site.large, 'POST', 'images/bulk', { ids, ...body })
  },
})

const upload = (name: string, limits: object | null): Operation => ({
  name,
  budget: targets.metadata.upload,
  prepare: async site => {
    await call(site.admin, 'PATCH', `users/${site.largeUser}`, { limits })
    // the first upload of a process starts the process that inspects it
    await call(site.large, 'POST', 'images', await uploadForm(site))
    const form = await uploadForm(site)
    return () => call(site.large, 'POST', 'images', form)
  },
})

const edits: readonly Operation[] = [
  onImage(
    'edit the title and tags',
    'PATCH',
    id => `images/${id}`,
    () => ({ title: 'new title', tags: ['new', 'shop/2030'] }),
  ),
  onImage(
    'edit the metadata',
    'PATCH',
    id => `images/${id}`,
    () => ({ alt: 'a harbour', metadata: { sku: '7' } }),
  ),
  onImage(
    'sign',
    'POST',
    () => 'sign',
    imageId => ({ imageId, operations: [{ op: 'resize', w: 300 }], format: 'jpg' }),
  ),
  bulkOf('bulk tag of 20', { action: 'tag', tags: ['sale'] }),
  upload('upload without limits', null),
  upload('upload with limits', { images: 100_000_000, storageBytes: 1e15 }),
  {
    name: 'direct upload with limits, announced',
    budget: write,
    prepare: async ({ large }) => {
      return () => call(large, 'POST', 'images/direct', { bytes: 1000, sha256: 'ab'.repeat(32) })
    },
  },
  onImage(
    'archive of a tag',
    'POST',
    () => 'images/downloads',
    () => ({ filter: { tag: 'campaign' }, format: 'jpg' }),
    archive,
  ),
  onImage(
    'archive of a search',
    'POST',
    () => 'images/downloads',
    () => ({ filter: { q: 'IMG_000040' }, format: 'jpg' }),
    archive,
  ),
  refused('archive of a search that selects too many', () => ({ filter: { q: 'harbour' }, format: 'jpg' })),
]

const removals: readonly Operation[] = [
  onImage('purge an image', 'POST', id => `images/${id}/purge`, undefined, remove),
  onImage('delete an image', 'DELETE', id => `images/${id}`, undefined, remove),
  {
    name: 'restore an image',
    budget: write,
    prepare: async site => {
      const id = nextImage(site)
      await call(site.large, 'DELETE', `images/${id}`)
      return () => call(site.large, 'POST', `images/${id}/restore`)
    },
  },
  onImage('delete an image permanently', 'DELETE', id => `images/${id}?purge=true`, undefined, remove),
  bulkOf('bulk delete of 20', { action: 'delete' }),
  {
    name: 'takedown',
    budget: remove,
    prepare: async site => {
      const imageId = nextImage(site)
      return () => call(site.admin, 'POST', 'takedowns', { imageId, reason: 'reported' })
    },
  },
]

/** Work that goes on after the response. It is measured until its last row is gone. */
const bulkRemovals: readonly Operation[] = [
  {
    name: 'purge by tag, all of it',
    budget: purge,
    countImages: site => countImages(site, `state = 'ready' and tags @> '{campaign}'`),
    prepare: async site => () =>
      call(site.large, 'POST', 'purge', { tag: 'campaign' }).then(() =>
        untilNone(
          site,
          `select from derivatives join images on images.id = image_id
           where images.user_id = $1 and state = 'ready' and tags @> '{campaign}'`,
          [site.largeUser],
        ),
      ),
  },
  {
    name: 'purge by preset, all of it',
    budget: purge,
    // a ready image has one derivative by the preset
    countImages: site => countImages(site, `state = 'ready'`),
    prepare: async site => () =>
      call(site.large, 'POST', 'purge', { preset: 'thumb' }).then(() =>
        untilNone(site, `select from derivatives where user_id = $1 and presets @> '{thumb}'`, [
          site.largeUser,
        ]),
      ),
  },
  {
    name: 'delete the large user, all of it',
    budget: deletion,
    countImages: site => countImages(site, 'true'),
    prepare: async site => () =>
      call(site.admin, 'DELETE', `users/${site.largeUser}`).then(() =>
        untilNone(site, 'select from users where id = $1', [site.largeUser]),
      ),
  },
]

/** Every route that changes something, the most destructive ones last. */
export const writes: readonly Operation[] = [...edits, ...removals, ...bulkRemovals]
