import type { Test } from 'tap'
import { randomId } from '../../metadata/ids.ts'
import { ImportRepository } from '../../metadata/imports.ts'
import { TaskRepository } from '../../metadata/tasks.ts'
import type { Bench } from '../support/build.ts'
import { openCallReceiver } from '../support/call-receiver.ts'
import { putNew } from '../support/direct.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { bytesOf, callJson, read, type Session } from '../support/session.ts'
import { until } from '../support/until.ts'

/** The kinds of resources that a request can refer to, dependencies first. */
export const kinds = [
  'user',
  'tag',
  'title',
  'preset',
  'policy',
  'image',
  'overlaid',
  'deleted',
  'directUpload',
  'webhook',
  'delivery',
  'apiKey',
  'signingKey',
  'job',
  'task',
  'import',
] as const

export type Kind = (typeof kinds)[number]
/** The id or name of an existing resource of each kind. */
export type Names = Readonly<Record<Kind, string>>

/** For each kind a well-formed id or name that does not exist. */
export const unknown = Object.fromEntries(kinds.map(kind => [kind, 'unknown1'])) as Names

/** Creates resources of a user through the API. */
export type Maker = (owner: Session, wanted: Iterable<Kind>) => Promise<Names>

/** Creates new resources. Their names begin with the first letters of their owner's e-mail address. */
export async function openMaker(t: Test, bench: Bench): Promise<Maker> {
  const receiver = await openCallReceiver(t)
  const picture = await photo(60, 40, 3).png().toBuffer()
  let made = 0
  const fresh = ({ account }: Session, kind: Kind) => `${account.email.slice(0, 4)}${kind}${++made}`
  const id = async (answer: Promise<Response>, status: number) =>
    (await read<{ id: string }>(await answer, status)).id
  const upload = async (owner: Session) => (await owner.upload(picture)).id
  const remove = (owner: Session, image: string) => owner.get(`/api/v1/images/${image}`, { method: 'DELETE' })

  const makers: Record<Kind, (owner: Session, names: Names) => Promise<string>> = {
    user: async owner => owner.userId,
    tag: async owner => {
      const tag = fresh(owner, 'tag')
      await owner.upload(picture, { tags: tag })
      return tag
    },
    title: async owner => {
      const title = fresh(owner, 'title')
      await owner.upload(picture, { title, alt: title, metadata: JSON.stringify({ named: title }) })
      return title
    },
    preset: async owner => {
      const name = fresh(owner, 'preset')
      await read(await callJson(owner, 'PUT', `/api/v1/presets/${name}`, { operations: 'flip' }))
      return name
    },
    policy: async owner => {
      const name = fresh(owner, 'policy')
      const rules = { operations: ['overlay'] }
      await read(await callJson(owner, 'PUT', `/api/v1/policies/${name}`, rules))
      return name
    },
    image: async owner => {
      const image = await upload(owner)
      const url = await owner.sign({ imageId: image, operations: [{ op: 'resize', w: 20 }], format: 'webp' })
      await bytesOf(await owner.get(url))
      return image
    },
    overlaid: upload,
    deleted: async owner => {
      const image = await upload(owner)
      await remove(owner, image)
      return image
    },
    directUpload: async owner => (await putNew(owner, picture)).id,
    webhook: owner => {
      const hook = { url: `${receiver.url}/${fresh(owner, 'webhook')}`, events: ['image.deleted'] }
      return id(callJson(owner, 'POST', '/api/v1/webhooks', hook), 201)
    },
    delivery: async (owner, { webhook }) => {
      await remove(owner, await upload(owner))
      const list = `/api/v1/webhooks/${webhook}/deliveries`
      let latest: { id: string; status: string } | undefined
      await until('the event is delivered', 30_000, async () => {
        latest = (await read<{ items: { id: string; status: string }[] }>(await owner.get(list))).items[0]
        return latest?.status === 'delivered'
      })
      return latest?.id ?? ''
    },
    apiKey: owner => {
      const key = { name: fresh(owner, 'apiKey'), scopes: ['sign'] }
      return id(callJson(owner, 'POST', '/api/v1/api-keys', key), 201)
    },
    signingKey: owner => id(callJson(owner, 'POST', '/api/v1/signing-keys', {}), 201),
    // created directly, and due later, so that it does not end before the test has used it
    task: async owner => {
      const { userId } = owner
      const key = fresh(owner, 'task')
      const payload = { userId, what: { tag: key }, purge: key }
      return bench.app.database.transaction(async transaction => {
        const task = { kind: 'purge', key, userId, subject: key, payload }
        const id = await new TaskRepository(transaction).create(task)
        await transaction.query(`update tasks set due_at = now() + interval '1 hour' where id = $1`, [id])
        return id
      })
    },
    // created directly, and due later, as above
    import: async owner => {
      const { userId } = owner
      const key = randomId(16)
      await bench.app.database.transaction(async transaction => {
        const task = { kind: 'import', key, userId, subject: fresh(owner, 'import'), payload: {} }
        const image = { url: 'http://127.0.0.2/a.png', reference: null, labels: { title: '', tags: [] } }
        await new ImportRepository(transaction).create(task, [image])
        await transaction.query(`update tasks set due_at = now() + interval '1 hour' where id = $1`, [key])
      })
      return key
    },
    // recorded directly; another test covers a job that really fails
    job: async owner => {
      const imageId = await upload(owner)
      // until the image is ingested, its fields still change
      await ingested(bench.app.database, imageId)
      const { userId } = owner
      await bench.app.metadata.failedJobs.record({
        name: 'ingest',
        // another key than that of the upload's own job: when that job succeeds, it deletes the record with its key
        key: `${userId}/${imageId}/recorded`,
        version: 1,
        payload: { userId, imageId },
        state: 'failed',
        userId,
        imageId,
        attempts: 5,
        code: 'undecodable',
        detail: fresh(owner, 'job'),
        answersMs: 1,
      })
      const jobs = await bench.app.metadata.failedJobs.list(userId, { limit: 100 })
      return jobs.items.find(job => job.imageId === imageId)?.id ?? ''
    },
  }

  return async (owner, wanted) => {
    const set = new Set(wanted)
    if (set.has('delivery')) set.add('webhook')
    const names: Record<Kind, string> = { ...unknown }
    for (const kind of kinds) if (set.has(kind)) names[kind] = await makers[kind](owner, names)
    return names
  }
}
