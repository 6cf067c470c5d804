import { UserRepository } from '../metadata/users.ts'
import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { createAccounts } from './accounts.ts'
import { hashPassword, verifyPassword } from './passwords.ts'

const accounts = createAccounts(new UserRepository(await migratedDatabase(t)))

t.test('passwords are hashed with a salt and verified', async t => {
  const hashed = await hashPassword('correct horse')
  t.match(hashed, /^\$scrypt\$ln=15,r=8,p=1\$/)
  t.not(await hashPassword('correct horse'), hashed, 'salted')
  t.equal(await verifyPassword('correct horse', hashed), true)
  t.equal(await verifyPassword('correct horsf', hashed), false)
  t.equal(await verifyPassword('correct horse', undefined), false)
  const composed = await hashPassword('caf\u00e9 au lait')
  t.equal(await verifyPassword('cafe\u0301 au lait', composed), true, 'in any Unicode normalization form')
  for (const bad of ['', 'nine char', 'x'.repeat(201), 'x'.repeat(1_000_000)]) {
    await t.rejects(hashPassword(bad), { code: 'bad-request', message: /password/ })
    t.equal(await verifyPassword(bad, hashed), false)
  }
})

t.test('the login of an unknown user takes as long as one with a wrong password', async t => {
  const hashed = await hashPassword('correct horse')
  const cpu = async (known: string | undefined) => {
    const before = process.cpuUsage()
    await verifyPassword('a wrong password', known)
    return process.cpuUsage(before).user
  }
  const [unknown, wrong] = [await cpu(undefined), await cpu(hashed)]
  t.ok(unknown > wrong / 3 && unknown < wrong * 3, `${unknown} and ${wrong} µs`)
})

t.test('a login fails with the same error for every reason, an invalid account is rejected', async t => {
  const ada = { email: 'ada@example.com', password: 'correct horse', role: 'admin' as const }
  const user = await accounts.create(ada)
  t.same(await accounts.authenticate(' ADA@example.com', 'correct horse'), user)
  const failures = await Promise.all(
    [
      ['ada@example.com', 'wrong horse'],
      ['ada@example.com', ''],
      ['eve@example.com', 'correct horse'],
      ['no address', 'correct horse'],
      ['a\0b@example.com', 'correct horse'],
    ].map(([email, password]) => accounts.authenticate(email!, password!).catch(error => error)),
  )
  for (const error of failures) t.equal(error.code, 'unauthorized')
  t.equal(new Set(failures.map(error => error.message)).size, 1, 'the same message')
  await t.rejects(accounts.create(ada), { code: 'conflict' })
  await t.rejects(accounts.create({ ...ada, email: 'nowhere' }), { code: 'bad-request', message: /email/ })
  await t.rejects(accounts.create({ ...ada, password: 'short' }), {
    code: 'bad-request',
    message: /password/,
  })
})
