import { randomBytes } from 'node:crypto'
import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { ApiKeyRepository } from './api-keys.ts'
import { PolicyRepository } from './policies.ts'
import { PresetRepository } from './presets.ts'
import { createTestUser } from './records.test.data.ts'
import { SigningKeyRepository } from './signing-keys.ts'
import { WebhookRepository } from './webhooks.ts'

const db = await migratedDatabase(t)
const masterKey = randomBytes(32)
const [apiKeys, signingKeys] = [new ApiKeyRepository(db), new SigningKeyRepository(db, masterKey)]
const [presets, policies] = [new PresetRepository(db), new PolicyRepository(db)]
const webhooks = new WebhookRepository(db, masterKey)

interface LimitedKind {
  readonly table: string
  readonly max: number
  create(userId: string, index: number): Promise<unknown>
  /** Inserts `$2` records of the user `$1`, without a limit. */
  readonly fill: string
}

const series = 'from generate_series(1, $2::integer) as number'
const kinds: readonly LimitedKind[] = [
  {
    table: 'api_keys',
    max: 100,
    create: (userId, index) =>
      apiKeys.create(userId, {
        id: `${userId}x${index}`,
        ...{ name: '', scopes: [], expiresAt: null, secretHash: randomBytes(32) },
      }),
    fill: `insert into api_keys (id, user_id, name, secret_hash, scopes)
      select $1 || number, $1, '', sha256($1::bytea || number::text::bytea), '{}' ${series}`,
  },
  {
    table: 'signing_keys',
    max: 20,
    create: userId => signingKeys.create(userId),
    fill: `insert into signing_keys (user_id, id, sealed_secret, state)
      select $1, 'filled' || number, '', 'active' ${series}`,
  },
  {
    table: 'webhooks',
    max: 20,
    create: userId => webhooks.create(userId, { url: 'https://example.com/', events: ['image.ready'] }),
    fill: `insert into webhooks (id, user_id, url, events, sealed_secret)
      select 'filled' || number, $1, 'https://example.com/', '{image.ready}', '' ${series}`,
  },
  {
    table: 'presets',
    max: 1_000,
    create: (userId, index) => presets.put(userId, `new${index}`, { operations: 'flip', eager: false }),
    fill: `insert into presets (user_id, name, operations, eager) select $1, 'p' || number, 'flip', false ${series}`,
  },
  {
    table: 'policies',
    max: 1_000,
    create: (userId, index) => policies.put(userId, `new${index}`, { rules: {} }),
    fill: `insert into policies (user_id, name, rules) select $1, 'p' || number, '{}' ${series}`,
  },
]

for (const { table, max, create, fill } of kinds) {
  t.test(`30 records that are created at once in ${table} do not exceed the limit together`, async t => {
    const userId = await createTestUser(db)
    await db.query(fill, [userId, max - 3])
    const results = await Promise.allSettled(Array.from({ length: 30 }, (_, index) => create(userId, index)))
    t.equal(results.filter(({ status }) => status === 'fulfilled').length, 3)
    const reasons = results.flatMap(result => (result.status === 'rejected' ? [result.reason.code] : []))
    t.strictSame([...new Set(reasons)], ['conflict'])
    const rows = await db.query<{ count: number }>(`select count(*) from ${table} where user_id = $1`, [
      userId,
    ])
    t.strictSame(rows, [{ count: max }])
  })
}
