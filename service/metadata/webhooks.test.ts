import { randomBytes } from 'node:crypto'
import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { rotateMasterKey } from './master-key-rotation.ts'
import { UserRepository } from './users.ts'
import { WebhookDeliveryRepository } from './webhook-deliveries.ts'
import { WebhookRepository } from './webhooks.ts'

const database = await migratedDatabase(t)
const [masterKey, nextKey] = [randomBytes(32), randomBytes(32)]
const user = await new UserRepository(database).create({
  email: 'a@example.com',
  passwordHash: 'h',
  role: 'member',
})
const rows = new WebhookRepository(database, masterKey)
const deliveries = new WebhookDeliveryRepository(database)

t.test('secrets of webhooks are re-encrypted by a master key rotation', async t => {
  const { id, secret } = await rows.create(user.id, { url: 'https://example.com/', events: ['quota.near'] })
  t.equal(await rows.findSecret(user.id, id), secret)
  const during = new WebhookRepository(database, masterKey, nextKey)
  await t.rejects(during.create(user.id, { url: 'https://example.com/', events: [] }), {
    code: 'unavailable',
  })
  t.strictSame(await rotateMasterKey(database, masterKey, nextKey), { resealed: 1, already: 0 })
  t.equal(await during.findSecret(user.id, id), secret)
  t.equal(await new WebhookRepository(database, nextKey).findSecret(user.id, id), secret)
  await t.rejects(rows.findSecret(user.id, id), /cannot be decrypted/)
})

t.test('an event is enqueued once per dedupe key, and 1,000 deliveries of a user are kept', async t => {
  const [hook] = await rows.list(user.id)
  const notification = { event: 'quota.near', data: {}, dedupeKey: 'once' } as const
  t.equal((await deliveries.enqueue(user.id, notification, 1_000)).length, 1)
  t.strictSame(await deliveries.enqueue(user.id, notification, 1_000), [])
  await database.query(
    `insert into webhook_deliveries (id, webhook_id, user_id, occasion, event, body)
     select 'delivery' || n, $1, $2, n, 'quota.near', '{}' from generate_series(1, 1200) as n`,
    [hook!.id, user.id],
  )
  await deliveries.enqueue(user.id, { ...notification, dedupeKey: 'last' }, 1_000)
  const count = async () => (await database.query('select id from webhook_deliveries')).length
  t.equal(await count(), 1_000)
  t.equal((await deliveries.list(user.id, hook!.id)).length, 100)
  await database.query(
    `update webhook_deliveries set created_at = now() - interval '31 days' where occasion <> '7'`,
  )
  await deliveries.sweep(2_000)
  t.ok((await count()) <= 1)
})
