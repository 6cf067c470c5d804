import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Api,
  type ApiKey,
  createApi,
  type EagerItem,
  type EagerProgress,
  type Image,
  type Job,
  type Me,
  type Policy,
  type Preset,
  readGrant,
  type Scope,
  type Signed,
  type SigningKeyInfo,
  type StoredDerivative,
  type User,
} from 'darkroom/client'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import type { Static } from 'typebox'
import type { scopes } from '../auth/scopes.ts'
import type { ImageSchema } from '../http/image-schema.ts'
import type { UserSchema } from '../http/user-schema.ts'
import { administrator } from './administrator.ts'
import { type Bench, build } from './build.ts'
import { statusOf } from './login.ts'
import { photo } from './pictures.ts'
import { bytesOf } from './session.ts'
import { until } from './until.ts'

// done by the compiler: what the service's schemas promise is what the client's types say
const sameImage = (image: Static<typeof ImageSchema>): Image => image
const sameUser = (user: Static<typeof UserSchema>): User => user
const sameScopes = (scope: (typeof scopes)[number]): Scope => scope
void [sameImage, sameUser, sameScopes]

const jpeg = await photo(800, 600).jpeg().toBuffer()
const blob = new Blob([jpeg], { type: 'image/jpeg' })
const apiOf = (bench: Bench) => createApi({ baseUrl: `${bench.url}/`, token: async () => bench.token })

/** What a value may be, by kind: every property of the client's type is listed, or the test does not compile. */
type Shape<T> = Readonly<Record<keyof T, string>>

/** An answer has what the client's type says: a `?` marks what may be absent. */
function has<T extends object>(t: Test, name: string, value: T, shape: Shape<T>): void {
  for (const [key, kinds] of Object.entries<string>(shape)) {
    const own: unknown = Reflect.get(value, key)
    if (own === undefined && kinds.endsWith('?')) continue
    const kind = own === null ? 'null' : Array.isArray(own) ? 'array' : typeof own
    t.ok(kinds.replace('?', '').split('|').includes(kind), `${name}.${key}: ${kind}, expected ${kinds}`)
  }
}

const imageShape: Shape<Image> = {
  id: 'string',
  userId: 'string',
  title: 'string',
  tags: 'array',
  format: 'string',
  width: 'number',
  height: 'number',
  pages: 'number',
  bytes: 'number',
  sha256: 'string',
  focal: 'object|null',
  rawUrl: 'string',
  createdAt: 'string',
}

t.test('images: from the upload to the end', async t => {
  const bench = await build(t)
  const { images } = apiOf(bench)
  const image = await images.upload(blob, {
    title: 'A boat, at sea',
    tags: ['sea', 'boat'],
    name: 'boat.jpg',
  })
  has(t, 'image', image, imageShape)
  t.match(image, { title: 'A boat, at sea', tags: ['sea', 'boat'], width: 800, height: 600, focal: null })
  t.ok((await bytesOf(await fetch(image.rawUrl))).equals(jpeg))
  const changed = await images.update(image.id, { title: 'A ship', focal: { x: 0.25, y: 1 } })
  t.match(changed, { title: 'A ship', tags: ['sea', 'boat'], focal: { x: 0.25, y: 1 } })
  t.strictSame(await images.get(image.id), changed)

  for (const name of ['b', 'c']) await images.upload(blob, { title: name, tags: [name] })
  const first = await images.list({ limit: 2 })
  t.equal(first.items.length, 2)
  const rest = await images.list({ limit: 2, cursor: first.nextCursor! })
  t.strictSame([rest.items.length, rest.nextCursor], [1, null])
  const all: string[] = []
  for await (const one of images.each({ limit: 1, tag: undefined })) all.push(one.title)
  t.strictSame(all.sort(), ['A ship', 'b', 'c'])
  t.strictSame(
    (await images.list({ tag: 'b' })).items.map(({ title }) => title),
    ['b'],
  )

  await images.delete(image.id)
  await t.rejects(images.get(image.id), { code: 'not-found', status: 404 })
})

t.test('derivatives: signed, developed ahead, listed and purged', async t => {
  const bench = await build(t)
  const api = apiOf(bench)
  const { images } = api
  const { id } = await images.upload(blob)
  const signed = await api.sign({
    imageId: id,
    operations: [{ op: 'resize', w: 300 }],
    format: 'png',
    expiresIn: 60,
  })
  has<Signed>(t, 'signed', signed, { url: 'string', path: 'string', expires: 'number|null' })
  t.equal((await sharp(await bytesOf(await fetch(signed.url))).metadata()).width, 300)
  const batch = await api.signBatch([{ imageId: id }, { path: `/processed/${bench.userId}/${id}_flip.webp` }])
  t.strictSame(await Promise.all(batch.map(async ({ url }) => (await fetch(url)).status)), [200, 200])

  await api.presets.put('thumb', { operations: 'resize_w-64' })
  const ordered = await images.eager(id, {
    presets: ['thumb'],
    transforms: [{ operations: [{ op: 'resize', w: 90 }], format: 'webp' }],
  })
  has<EagerProgress>(t, 'progress', ordered, {
    imageId: 'string',
    total: 'number',
    ready: 'number',
    pending: 'number',
    failed: 'number',
    items: 'array',
  })
  const itemShape: Shape<EagerItem> = {
    file: 'string',
    path: 'string',
    preset: 'string?',
    format: 'string',
    state: 'string',
    code: 'string?',
    detail: 'string?',
  }
  for (const item of ordered.items) has(t, 'item', item, itemShape)
  await until('all are ready', 120_000, async () => (await images.progress(id)).pending === 0)
  t.match(await images.progress(id), { imageId: id, failed: 0, ready: ordered.total })

  const shape: Shape<StoredDerivative> = {
    fileName: 'string',
    format: 'string',
    width: 'number',
    height: 'number',
    bytes: 'number',
    etag: 'string',
    costMs: 'number',
    createdAt: 'string',
    url: 'string?',
  }
  await until(
    'the records are written',
    120_000,
    async () => (await images.derivatives(id)).items.length >= 5,
  )
  const { items } = await images.derivatives(id, { limit: 100 })
  for (const item of items) has(t, 'derivative', item, shape)
  t.ok(items.some(({ width, format }) => width === 300 && format === 'png'))
  t.strictSame(await images.purge(id), { derivatives: items.length })
  t.strictSame((await images.derivatives(id)).items, [])
  t.strictSame(await api.purge({ imageId: id }), { derivatives: 0 })
  t.strictSame(await api.purge({ tag: 'sea' }), { queued: true })
})

t.test('presets and policies: made, listed, replaced, removed', async t => {
  const bench = await build(t)
  const api = apiOf(bench)
  const preset = await api.presets.put('thumb', { operations: 'resize_w-300', eager: true })
  const named = { name: 'string', createdAt: 'string', updatedAt: 'string' }
  has<Preset>(t, 'preset', preset, { ...named, operations: 'string', eager: 'boolean' })
  t.strictSame(await api.presets.get('thumb'), preset)
  t.strictSame((await api.presets.list({ limit: 10 })).items, [preset])
  await api.presets.delete('thumb')
  await t.rejects(api.presets.get('thumb'), { code: 'not-found' })

  const policy = await api.policies.put('web', {
    operations: { resize: { w: { min: 100, max: 300 }, fit: ['cover'] }, flip: true },
    formats: ['webp'],
    limits: { maxSteps: 2 },
  })
  has<Policy>(t, 'policy', policy, {
    ...named,
    operations: 'object?',
    formats: 'array?',
    presets: 'array?',
    limits: 'object?',
  })
  t.match(policy, { operations: { resize: { w: { min: 100, max: 300 } } }, limits: { maxSteps: 2 } })
  t.strictSame((await api.policies.list()).items, [policy])
  const { id } = await api.images.upload(blob)
  const { url } = await api.sign({ imageId: id, operations: [{ op: 'flip' }], format: 'webp', policy: 'web' })
  t.match(readGrant(url), { policy: 'web', imageId: id })
  t.equal((await fetch(url)).status, 200)
  await api.policies.delete('web')
  t.strictSame(await api.policies.list(), { items: [], nextCursor: null })
})

t.test('keys: of programs and of URLs', async t => {
  const bench = await build(t)
  const api = apiOf(bench)
  const shape: Shape<ApiKey> = {
    id: 'string',
    name: 'string',
    scopes: 'array',
    expiresAt: 'string|null',
    createdAt: 'string',
    lastUsedAt: 'string|null',
  }
  const key = await api.apiKeys.create({ name: 'site', scopes: ['images:read'] })
  has(t, 'API key', key, { ...shape, secret: 'string' })
  const program = createApi({ baseUrl: bench.url, apiKey: key.secret })
  t.strictSame((await program.images.list()).items, [])
  await t.rejects(program.images.upload(blob), {
    code: 'forbidden',
    status: 403,
    detail: /scope images:write/,
  })
  for (const item of (await api.apiKeys.list()).items) has(t, 'API key', item, shape)
  await api.apiKeys.revoke(key.id)
  await until('the key is refused', 30_000, async () => (await statusOf(bench.url, key.secret)) === 401)

  const keyShape: Shape<SigningKeyInfo> = { id: 'string', state: 'string', createdAt: 'string' }
  const made = await api.signingKeys.create()
  has(t, 'signing key', made, { ...keyShape, secret: 'string' })
  t.match(await api.signingKeys.setState(made.id, 'retiring'), { id: made.id, state: 'retiring' })
  const { items } = await api.signingKeys.list()
  t.equal(items.length, 2)
  for (const item of items) has(t, 'signing key', item, keyShape)
})

t.test('people: me, and users for administrators', async t => {
  const bench = await build(t)
  const api = apiOf(bench)
  const me = await api.me.update({ fallback: 'placeholder' })
  has<Me>(t, 'me', me, {
    id: 'string',
    email: 'string',
    role: 'string',
    presetsOnly: 'boolean',
    fallback: 'string|object|null',
    createdAt: 'string',
  })
  t.strictSame(await api.me.get(), me)
  await t.rejects(api.users.list(), { code: 'forbidden' })

  const { users } = createApi({ baseUrl: bench.url, token: (await administrator(bench)).token })
  const made = await users.create({ email: 'ada@example.com', password: 'correct horse', presetsOnly: true })
  const shape: Shape<User> = {
    id: 'string',
    email: 'string',
    role: 'string',
    presetsOnly: 'boolean',
    disabled: 'boolean',
    createdAt: 'string',
  }
  has(t, 'user', made, shape)
  t.match(await users.update(made.id, { disabled: true }), { role: 'member', disabled: true })
  t.match(await users.get(made.id), { email: 'ada@example.com', presetsOnly: true, disabled: true })
  t.equal((await users.list({ limit: 200 })).items.length, 3)
})

/** An image that cannot be taken in, since its original is damaged. */
async function failed({ app, environment, userId }: Bench, api: Api): Promise<string> {
  await app.work.drain(0)
  const { id } = await api.images.upload(blob)
  const original = join(environment.DARKROOM_DATA_DIR!, 'objects/raw', userId, `${id}-orig.jpg`)
  const whole = await readFile(original)
  await writeFile(original, Buffer.concat([whole.subarray(0, 20), Buffer.alloc(whole.length - 20)]))
  await app.work.start()
  await until('the job is given up', 120_000, async () => (await api.jobs.list()).items.length === 1)
  return id
}

t.test('jobs that were given up can be tried again', async t => {
  const bench = await build(t)
  const api = apiOf(bench)
  const imageId = await failed(bench, api)
  const [job] = (await api.jobs.list({ limit: 5 })).items
  has<Job>(t, 'job', job!, {
    id: 'string',
    name: 'string',
    state: 'string',
    userId: 'string|null',
    imageId: 'string|null',
    key: 'string',
    attempts: 'number',
    code: 'string',
    detail: 'string',
    failedAt: 'string',
    answersUntil: 'string',
  })
  t.match(job, { name: 'ingest', state: 'failed', imageId, code: 'undecodable' })
  await bench.app.work.drain(0)
  await api.jobs.retry(job!.id)
  t.strictSame((await api.jobs.list()).items, [], 'it waits for its turn')
  await bench.app.work.start()
  const failedAgain = async () => (await api.jobs.list()).items.some(({ id }) => id !== job!.id)
  await until('it was tried again, in vain', 120_000, failedAgain)
})
