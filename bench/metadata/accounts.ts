import { createHash, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { targets } from '../settings.ts'
import {
  call,
  countImages,
  nextImage,
  type Operation,
  type Site,
  untilNone,
  uploadForm,
} from './operations.ts'

const { write, upload, purge } = targets.metadata

/** A request of the large user or of the administrator. `id` is what another request has created before. */
const request = (
  name: string,
  method: string,
  path: (id: string, site: Site) => string,
  body?: object | ((id: string, site: Site) => object),
  {
    who = 'large',
    create = async () => '',
  }: { who?: 'large' | 'admin'; create?: (site: Site) => Promise<string> } = {},
): Operation => ({
  name,
  budget: write,
  prepare: async site => {
    const id = await create(site)
    const sent = typeof body === 'function' ? body(id, site) : body
    return () => call(site[who], method, path(id, site), sent)
  },
})

const idOf = (answer: unknown) => (answer instanceof Object && 'id' in answer ? String(answer.id) : '')
const created =
  (who: 'large' | 'admin', path: string, body: object) =>
  async (site: Site): Promise<string> =>
    idOf(await call(site[who], 'POST', path, body))

const newUser = () => ({
  email: `user${randomUUID()}@example.net`,
  password: 'a password for the length of a bench',
})
const webhook = { url: 'https://example.com/other', events: ['image.ready'] }
const apiKey = { name: 'one more', scopes: ['images:read'] }

function presetOfUser(method: string, body?: object): Operation {
  const path = (_: string, { largeUser }: Site) => `users/${largeUser}/presets/theirs`
  return request(`${method} a preset of a user`, method, path, body, { who: 'admin' })
}

/** An operation with the purge of all derivatives that it creates, until that has ended. */
function withPurge(operation: Operation): Operation {
  return {
    ...operation,
    budget: purge,
    countImages: site => countImages(site, `state = 'ready'`),
    prepare: async site => {
      const work = await operation.prepare(site)
      const purges = `select from tasks where kind = 'purge' and state in ('waiting', 'running')`
      return () => work().then(() => untilNone(site, purges, []))
    },
  }
}

/** Settings of users, and keys, presets and webhooks. */
const settings: readonly Operation[] = [
  request('create an API key', 'POST', () => 'api-keys', apiKey),
  request('delete an API key', 'DELETE', id => `api-keys/${id}`, undefined, {
    create: created('large', 'api-keys', apiKey),
  }),
  request('create a signing key', 'POST', () => 'signing-keys'),
  request(
    'retire a signing key',
    'PATCH',
    id => `signing-keys/${id}`,
    { state: 'retiring' },
    {
      create: async site => idOf(await call(site.large, 'POST', 'signing-keys')),
    },
  ),
  // no derivative has these widths, so that the purge after the deletion removes none
  request('save a preset', 'PUT', () => 'presets/wide', { operations: 'resize_w-901' }),
  request('save a policy', 'PUT', () => 'policies/sizes', { operations: ['resize'] }),
  request('a preset', 'GET', () => 'presets/wide'),
  request('a policy', 'GET', () => 'policies/sizes'),
  request('delete a policy', 'DELETE', () => 'policies/sizes'),
  withPurge(request('delete a preset, and purge', 'DELETE', () => 'presets/wide')),
  request('create a webhook', 'POST', () => 'webhooks', webhook),
  request(
    'change a webhook',
    'PATCH',
    id => `webhooks/${id}`,
    { events: ['image.deleted'] },
    {
      create: created('large', 'webhooks', webhook),
    },
  ),
  request('delete a webhook', 'DELETE', id => `webhooks/${id}`, undefined, {
    create: created('large', 'webhooks', webhook),
  }),
  request('change own settings', 'PATCH', () => 'me', { fallback: 'placeholder' }),
  request('create a user', 'POST', () => 'users', newUser(), { who: 'admin' }),
  request(
    'limit the large user',
    'PATCH',
    (_, { largeUser }) => `users/${largeUser}`,
    { limits: null },
    {
      who: 'admin',
    },
  ),
  presetOfUser('PUT', { operations: 'resize_w-801' }),
  presetOfUser('GET'),
  request('presets of a user', 'GET', (_, { largeUser }) => `users/${largeUser}/presets`, undefined, {
    who: 'admin',
  }),
  withPurge(presetOfUser('DELETE')),
  request('a webhook', 'GET', id => `webhooks/${id}`, undefined, {
    create: created('large', 'webhooks', webhook),
  }),
  request('delete a small user', 'DELETE', id => `users/${id}`, undefined, {
    who: 'admin',
    create: async site => idOf(await call(site.admin, 'POST', 'users', newUser())),
  }),
]

/** Requests about single images that `writes.ts` does not have. */
const images: readonly Operation[] = [
  request(
    'sign a batch',
    'POST',
    () => 'sign/batch',
    (_, site) =>
      Array.from({ length: 20 }, () => ({
        imageId: nextImage(site),
        operations: [{ op: 'resize', w: 300 }],
        format: 'jpg',
      })),
  ),
  request(
    'explain',
    'POST',
    () => 'explain',
    (_, site) => ({
      path: `/processed/${site.largeUser}/${nextImage(site)}_resize_w-300.jpg`,
    }),
  ),
  request('order an eager derivative', 'POST', (_, site) => `images/${nextImage(site)}/eager`, {
    transforms: [{ operations: 'resize_w-90', format: 'jpg' }],
  }),
  request(
    'purge an image by body',
    'POST',
    () => 'purge',
    (_, site) => ({ imageId: nextImage(site) }),
  ),
  request('lift a takedown', 'DELETE', id => `takedowns/${id}`, undefined, {
    who: 'admin',
    create: async site => {
      const sha256 = createHash('sha256').update(nextImage(site)).digest('hex')
      await call(site.admin, 'POST', 'takedowns', { sha256, reason: 'reported' })
      return sha256
    },
  }),
  request('abort a direct upload', 'DELETE', id => `images/direct/${id}`, undefined, {
    create: created('large', 'images/direct', { bytes: 1000, sha256: 'cd'.repeat(32) }),
  }),
  {
    name: 'replace an original',
    budget: upload,
    prepare: async site => {
      const form = await uploadForm(site)
      const id = idOf(await call(site.large, 'POST', 'images', await uploadForm(site)))
      return () => call(site.large, 'PUT', `images/${id}/original`, form)
    },
  },
  {
    name: 'direct upload, completed',
    budget: upload,
    prepare: async site => {
      const file = Buffer.concat([await readFile(site.picture), Buffer.from(`direct ${Math.random()}`)])
      const sha256 = createHash('sha256').update(file).digest('hex')
      const target = await call(site.large, 'POST', 'images/direct', { bytes: file.length, sha256 })
      await fetch(target.url, { method: target.method, headers: target.headers, body: file })
      return () => call(site.large, 'POST', `images/direct/${target.id}/complete`)
    },
  },
]

export const accounts: readonly Operation[] = [...settings, ...images]
