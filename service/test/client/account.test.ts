import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Api,
  type ApiKey,
  createApi,
  type Job,
  type Me,
  type Policy,
  type Preset,
  readGrant,
  type Scope,
  type SigningKeyInfo,
  type User,
} from 'darkroom/client'
import type { Static } from 'typebox'
import type { scopes } from '../../auth/scopes.ts'
import type { UserSchema } from '../../http/schemas/user.ts'
import { pathOfKey } from '../../storage/drivers/file/paths.ts'
import { administrator } from '../support/administrator.ts'
import { type Bench, build } from '../support/build.ts'
import { statusOf } from '../support/login.ts'
import { openSession } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'
import { apiOf, blob, checkShape, type Shape } from './shapes.ts'

// checked by the compiler: the types of the service's schemas are assignable to the client's types
const sameUser = (user: Static<typeof UserSchema>): User => user
const sameScopes = (scope: (typeof scopes)[number]): Scope => scope
void [sameUser, sameScopes]

t.test('client: presets and policies are created, listed, replaced and deleted', async t => {
  const bench = await build(t)
  const api = apiOf(bench)
  const preset = await api.presets.put('thumb', { operations: 'resize_w-300', eager: true })
  const commonShape = { name: 'string', createdAt: 'string', updatedAt: 'string' }
  checkShape<Preset>(t, 'preset', preset, { ...commonShape, operations: 'string', eager: 'boolean' })
  t.strictSame(await api.presets.get('thumb'), preset)
  t.strictSame((await api.presets.list({ limit: 10 })).items, [preset])
  await api.presets.delete('thumb')
  await t.rejects(api.presets.get('thumb'), { code: 'not-found' })

  const policy = await api.policies.put('web', {
    operations: { resize: { w: { min: 100, max: 300 }, fit: ['cover'] }, flip: true },
    formats: ['webp'],
    limits: { maxSteps: 2 },
  })
  checkShape<Policy>(t, 'policy', policy, {
    ...commonShape,
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

t.test('client: API keys and signing keys', async t => {
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
  checkShape(t, 'API key', key, { ...shape, secret: 'string' })
  const keyApi = createApi({ baseUrl: bench.url, apiKey: key.secret })
  t.strictSame((await keyApi.images.list()).items, [])
  await t.rejects(keyApi.images.upload(blob), {
    code: 'forbidden',
    status: 403,
    detail: /scope images:write/,
  })
  for (const item of (await api.apiKeys.list()).items) checkShape(t, 'API key', item, shape)
  await api.apiKeys.revoke(key.id)
  await until('the key is refused', 30_000, async () => (await statusOf(bench.url, key.secret)) === 401)

  const keyShape: Shape<SigningKeyInfo> = {
    id: 'string',
    state: 'string',
    createdAt: 'string',
    lastUsedAt: 'string|null',
  }
  const made = await api.signingKeys.create()
  checkShape(t, 'signing key', made, { ...keyShape, secret: 'string' })
  t.match(await api.signingKeys.setState(made.id, 'retiring'), { id: made.id, state: 'retiring' })
  const { items } = await api.signingKeys.list()
  t.equal(items.length, 2)
  for (const item of items) checkShape(t, 'signing key', item, keyShape)
})

t.test('client: users manage their own accounts, and administrators manage users', async t => {
  const bench = await build(t)
  const api = apiOf(bench)
  const me = await api.me.update({ fallback: 'placeholder', rejectTruncated: true })
  checkShape<Me>(t, 'me', me, {
    id: 'string',
    email: 'string',
    role: 'string',
    presetsOnly: 'boolean',
    originals: 'boolean',
    fallback: 'string|object|null',
    rejectTruncated: 'boolean',
    uploads: 'object',
    limits: 'object|null',
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
    originals: 'boolean',
    disabled: 'boolean',
    limits: 'object|null',
    createdAt: 'string',
  }
  checkShape(t, 'user', made, shape)
  t.match(await users.update(made.id, { disabled: true }), { role: 'member', disabled: true })
  t.match(await users.get(made.id), { email: 'ada@example.com', presetsOnly: true, disabled: true })
  t.equal((await users.list({ limit: 200 })).items.length, 3)
  const presets = users.presets(made.id)
  const card = await presets.put('card', { operations: 'resize_w-300' })
  t.strictSame([await presets.get('card'), (await presets.list()).items], [card, [card]])
  await presets.delete('card')
  await t.rejects(presets.get('card'), { code: 'not-found' })
  const limited = await users.update(made.id, { limits: { images: 5 }, disabled: false })
  t.strictSame(limited.limits, { images: 5 })

  const ada = { email: 'ada@example.com', password: 'another password' }
  await users.resetPassword(made.id, ada.password)
  const own = apiOf(await openSession(bench.url, ada))
  const next = 'yet another password'
  await own.me.changePassword({ current: ada.password, next })
  const again = await openSession(bench.url, { ...ada, password: next })
  await apiOf(again).me.logoutEverywhere()
  await until('the session is over', 30_000, async () => (await statusOf(bench.url, again.token)) === 401)
  await users.delete(made.id)
  await t.rejects(users.get(made.id), { code: 'not-found' })
})

/** Uploads an image, damages its stored original and waits until its ingest has failed. Returns the image's id. */
async function uploadDamaged({ app, environment, userId }: Bench, api: Api): Promise<string> {
  await app.jobs.worker.drain(0)
  const { id } = await api.images.upload(blob)
  const original = join(environment.DARKROOM_DATA_DIR!, 'objects', pathOfKey(`raw/${userId}/${id}-orig.jpg`))
  const whole = await readFile(original)
  await writeFile(original, Buffer.concat([whole.subarray(0, 20), Buffer.alloc(whole.length - 20)]))
  await app.jobs.worker.start()
  await until('the job is given up', 120_000, async () => (await api.jobs.list()).items.length === 1)
  return id
}

t.test('client: failed jobs can be retried', async t => {
  const bench = await build(t)
  const api = apiOf(bench)
  const imageId = await uploadDamaged(bench, api)
  const [job] = (await api.jobs.list({ limit: 5 })).items
  checkShape<Job>(t, 'job', job!, {
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
  await bench.app.jobs.worker.drain(0)
  await api.jobs.retry(job!.id)
  t.strictSame((await api.jobs.list()).items, [], 'a job that is retried is waiting, not failed')
  await bench.app.jobs.worker.start()
  const failedAgain = async () => (await api.jobs.list()).items.length === 1
  await until('the retry has failed', 120_000, failedAgain)
})
