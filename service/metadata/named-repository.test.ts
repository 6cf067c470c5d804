import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { PolicyRepository } from './policies.ts'
import { PresetRepository } from './presets.ts'
import { UserRepository } from './users.ts'

const db = await migratedDatabase(t)
const users = new UserRepository(db)
const presets = new PresetRepository(db)
const policies = new PolicyRepository(db)

const newUser = async (email: string) => (await users.create({ email, passwordHash: 'h', role: 'member' })).id

t.test('put creates a record, then replaces its content, for its user only', async t => {
  const [ada, ben] = [await newUser('ada@example.com'), await newUser('ben@example.com')]
  const made = await presets.put(ada, 'thumb', { operations: 'flip', eager: true })
  t.match(made, { name: 'thumb', operations: 'flip', eager: true, createdAt: Date, updatedAt: Date })
  const changed = await presets.put(ada, 'thumb', { operations: 'blur', eager: false })
  t.match(changed, { operations: 'blur', eager: false, createdAt: made.createdAt })
  t.ok(changed.updatedAt >= made.updatedAt)
  t.same(await presets.find(ada, 'thumb'), changed)
  t.equal(await presets.find(ben, 'thumb'), undefined)
  t.equal(await presets.remove(ben, 'thumb'), false)
  t.equal(await presets.remove(ada, 'thumb'), true)
  t.equal(await presets.remove(ada, 'thumb'), false)
  const rules = { operations: { resize: { w: { values: [1, 'auto'] } } } }
  t.same((await policies.put(ada, 'web', { rules })).rules, rules)
  await t.rejects(presets.put(ada, 'a/b', { operations: 'flip', eager: false }), /presets_name_check/)
})

t.test('a user may have 1,000 records', async t => {
  const [eve, ida] = [await newUser('eve@example.com'), await newUser('ida@example.com')]
  await db.query(
    `insert into presets (user_id, name, operations, eager)
     select $1, 'p' || number, 'flip', false from generate_series(1, 1000) as number`,
    [eve],
  )
  const content = { operations: 'blur', eager: false }
  await t.rejects(presets.put(eve, 'another', content), { code: 'conflict', message: /1000 presets/ })
  t.match(await presets.put(eve, 'p7', content), content)
  t.match(await presets.put(ida, 'another', content), content)
  await presets.remove(eve, 'p1')
  t.match(await presets.put(eve, 'another', content), content)
})

t.test('eager presets are listed by name up to a maximum', async t => {
  const [ida, other] = [await newUser('iris@example.com'), await newUser('otto@example.com')]
  for (const name of ['c', 'a', 'b', 'd'])
    await presets.put(ida, name, { operations: 'flip', eager: name !== 'b' })
  await presets.put(other, 'a0', { operations: 'flip', eager: true })
  t.strictSame(await presets.listEagerNames(ida, 2), ['a', 'c'])
  t.strictSame(await presets.listEagerNames(ida, 50), ['a', 'c', 'd'])
})

t.test('pages by name neither repeat nor skip a record', async t => {
  const una = await newUser('una@example.com')
  for (const name of ['b', 'a', '10', '9']) await presets.put(una, name, { operations: 'flip', eager: false })
  const first = await presets.list(una, { limit: 2 })
  t.same(
    first.items.map(({ name }) => name),
    ['10', '9'],
  )
  await presets.put(una, '00', { operations: 'flip', eager: false })
  const second = await presets.list(una, { limit: 2, cursor: first.nextCursor! })
  t.same([...second.items.map(({ name }) => name), second.nextCursor], ['a', 'b', null])
  await t.rejects(presets.list(una, { limit: 2, cursor: 'bogus' }), { code: 'bad-request' })
})
