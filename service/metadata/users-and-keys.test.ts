import { randomBytes } from 'node:crypto'
import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { decryptSecret, encryptSecret } from './secret-encryption.ts'
import { SigningKeyRepository } from './signing-keys.ts'
import { UserRepository } from './users.ts'

const db = await migratedDatabase(t)
const users = new UserRepository(db)
const masterKey = randomBytes(32)
const keys = new SigningKeyRepository(db, masterKey)

t.test('users are created and found by e-mail address and id', async t => {
  t.equal(await users.count(), 0)
  const ada = await users.create({ email: '  Ada@Example.COM ', passwordHash: 'h', role: 'admin' })
  t.match(ada, { id: /^[a-z0-9]{12}$/, email: 'ada@example.com', role: 'admin', createdAt: Date })
  t.same(await users.findByEmail('ADA@example.com'), ada)
  t.same(await users.findById(ada.id), ada)
  t.equal(await users.findById('unknown'), undefined)
  t.equal(await users.count(), 1)
  const again = users.create({ email: 'aDa@example.com', passwordHash: 'h', role: 'member' })
  await t.rejects(again, { code: 'conflict' })
})

t.test('signing keys are created, revoked, listed and marked as used', async t => {
  const [ben, eve] = await Promise.all(
    ['ben@example.com', 'eve@example.com'].map(email =>
      users.create({ email, passwordHash: 'h', role: 'member' }),
    ),
  )
  t.equal(await keys.findNewestActive(ben!.id), undefined)
  const first = await keys.create(ben!.id)
  t.match(first, { id: /^[a-z0-9]{8}$/, state: 'active', createdAt: Date })
  t.equal(first.secret.length, 32)
  const second = await keys.create(ben!.id)

  t.equal((await keys.setState(ben!.id, first.id, 'revoked'))?.state, 'revoked')
  await t.rejects(keys.setState(ben!.id, first.id, 'active'), { code: 'conflict' })
  t.same(await keys.findNewestActive(ben!.id), second)
  const ring = await keys.listWithSecrets(ben!.id)
  t.same(
    new Map(ring.map(key => [key.id, key])),
    new Map([
      [first.id, { ...first, state: 'revoked' }],
      [second.id, second],
    ]),
  )
  for (const key of await keys.list(ben!.id))
    t.same(Object.keys(key), ['id', 'state', 'createdAt', 'lastUsedAt'])
  const lastUse = async (id: string) => (await keys.list(ben!.id)).find(key => key.id === id)?.lastUsedAt
  await keys.recordUse(ben!.id, second.id)
  const used = await lastUse(second.id)
  t.match(used, Date)
  t.equal(await lastUse(first.id), null)
  await keys.recordUse(ben!.id, second.id)
  t.same(await lastUse(second.id), used, 'at most once a minute')

  t.same(await keys.listWithSecrets(eve!.id), [])
  t.equal(await keys.setState(eve!.id, second.id, 'revoked'), undefined, 'a key of another user is not found')

  const other = new SigningKeyRepository(db, randomBytes(32))
  await t.rejects(other.findNewestActive(ben!.id), { message: /DARKROOM_MASTER_KEY/ })
})

t.test('the database never stores a secret in plain text', async t => {
  const user = await users.create({ email: 'clear@example.com', passwordHash: 'h', role: 'member' })
  const { secret } = await keys.create(user.id)
  const [row] = await db.query<{ encrypted: Buffer }>(
    'select sealed_secret as encrypted from signing_keys where user_id = $1',
    [user.id],
  )
  t.notOk(row!.encrypted.includes(secret))
})

t.test('an encrypted secret needs its key, its context and unchanged bytes', async t => {
  const secret = randomBytes(32)
  const encrypted = encryptSecret(masterKey, secret, 'a')
  t.same(decryptSecret(masterKey, encrypted, 'a'), secret)
  t.throws(() => decryptSecret(masterKey, encrypted, 'b'))
  t.throws(() => decryptSecret(randomBytes(32), encrypted, 'a'))
  for (let at = 0; at < encrypted.length; at++) {
    const changed = Buffer.from(encrypted)
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
    t.throws(() => decryptSecret(masterKey, changed, 'a'), `byte ${at}`)
  }
  t.throws(() => decryptSecret(masterKey, encrypted.subarray(0, 20), 'a'), 'truncated')
})
