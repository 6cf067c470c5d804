import { randomBytes } from 'node:crypto'
import { copyFile, readdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readConfig } from '../../config.ts'
import { messageOf } from '../../errors/catalogue.ts'
import { openDatabase } from '../../metadata/database.ts'
import { SigningKeyRepository } from '../../metadata/signing-keys.ts'
import { findMasterKeys } from '../../secrets.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { startSecondProcess } from '../support/beside.ts'
import { build, newEnvironment } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { run } from '../support/program.ts'
import { bytesOf, openSession, postJson, read } from '../support/session.ts'
import t from '../support/tap.ts'

const picture = await photo(120, 80).png().toBuffer()
const anyKey = () => randomBytes(32).toString('base64')
const rotate = (environment: Readonly<Record<string, string>>) =>
  run(['key', 'rotate-master', '--json'], environment)

/** Whether every secret can be decrypted with the keys of this environment. */
async function decrypts(environment: Readonly<Record<string, string>>): Promise<boolean> {
  const config = await readConfig(environment)
  const { masterKey, newMasterKey } = await findMasterKeys(config, config.DARKROOM_DATA_DIR)
  const database = openDatabase({ url: config.DATABASE_URL!, logger: createLogger('silent') })
  const keys = new SigningKeyRepository(database, masterKey!, newMasterKey)
  try {
    return (await keys.verifySecrets()) > 0
  } catch (error) {
    return !/cannot be decrypted/.test(messageOf(error))
  } finally {
    await database.close()
  }
}

t.test('the master key is rotated process by process without downtime', async t => {
  const [old, next] = [anyKey(), anyKey()]
  const bench = await build(t, { DARKROOM_MASTER_KEY: old })
  await bench.join('ada@example.com')
  const image = await bench.upload(picture)
  const path = (width: number) => `/processed/${bench.userId}/${image.id}_resize_w-${width}.jpg`
  const at = (place: string, url: string) => place + new URL(url).pathname + new URL(url).search
  const signed = await Promise.all([31, 32, 33, 34].map(width => bench.sign(path(width))))
  await bench.close()

  // first every process gets the next key
  const both = { ...bench.environment, DARKROOM_NEW_MASTER_KEY: next }
  const during = await startSecondProcess(t, { environment: both })
  await bytesOf(await fetch(at(during, signed[0]!)))
  const session = await openSession(during, bench.account)
  const made = await postJson(
    `${during}/api/v1/signing-keys`,
    {},
    { authorization: `Bearer ${session.token}` },
  )
  t.match(await isProblemResponse(t, made, 'unavailable'), /master key is being rotated/)

  const done = await rotate(both)
  t.match(done, { code: 0, stderr: /DARKROOM_MASTER_KEY and without DARKROOM_NEW_MASTER_KEY/ }, done.stderr)
  t.strictSame(JSON.parse(done.stdout), { resealed: 2, already: 0 })
  t.strictSame(
    JSON.parse((await rotate(both)).stdout),
    { resealed: 0, already: 2 },
    'a second run changes nothing',
  )
  await bytesOf(await fetch(at(during, signed[1]!)))

  // then each process restarts with the new key only, while others still have both
  const environment = { ...bench.environment, DARKROOM_MASTER_KEY: next }
  const after = await startSecondProcess(t, { environment })
  await bytesOf(await fetch(at(after, signed[2]!)))
  const again = await openSession(after, bench.account)
  const key = await postJson(`${after}/api/v1/signing-keys`, {}, { authorization: `Bearer ${again.token}` })
  const { id } = await read<{ id: string }>(key, 201)
  const newest = await again.sign(path(35))
  t.equal(new URL(newest).searchParams.get('k'), id)
  for (const place of [during, after])
    for (const url of [signed[3]!, newest]) await bytesOf(await fetch(at(place, url)))
  t.equal(await decrypts(environment), true)
  t.equal(await decrypts(bench.environment), false, 'the old key decrypts nothing any more')
})

t.test('a rotation of the key in a data directory survives a crash at any point', async t => {
  const environment = await newEnvironment(t)
  const folder = environment.DARKROOM_DATA_DIR!
  const [file, next, saved] = ['master.key', 'master.key.new', 'saved'].map(name => join(folder, name))
  t.match(await rotate(environment), { code: 1, stderr: /there is no master key yet/ })
  for (const email of ['ada@example.com', 'ben@example.com'])
    t.match(await run(['user', 'create', '--email', email], environment), { code: 0 })
  await copyFile(file!, saved!)
  const done = await rotate(environment)
  t.equal(done.code, 0, done.stderr)
  t.strictSame(JSON.parse(done.stdout), { resealed: 2, already: 0 })
  t.not(await readFile(file!, 'utf8'), await readFile(saved!, 'utf8'))
  t.equal((await stat(file!)).mode & 0o777, 0o600)
  t.notOk((await readdir(folder)).includes('master.key.new'))
  t.equal(await decrypts(environment), true)

  // a crash after the database was re-encrypted and before the key file was replaced
  await rename(file!, next!)
  await copyFile(saved!, file!)
  t.equal(await decrypts(environment), true, 'both keys are known')
  const made = await run(['key', 'create', '--user', 'ada@example.com'], environment)
  t.match(made, { code: 1, stderr: /master key is being rotated/ })
  t.strictSame(JSON.parse((await rotate(environment)).stdout), { resealed: 0, already: 2 })
  t.equal(await decrypts(environment), true)
  t.match(await run(['key', 'create', '--user', 'ada@example.com'], environment), { code: 0 })

  // a crash before the database was re-encrypted
  await copyFile(saved!, next!)
  t.equal(await decrypts(environment), true)
  t.strictSame(JSON.parse((await rotate(environment)).stdout), { resealed: 3, already: 0 })
  t.equal(
    await readFile(file!, 'utf8'),
    await readFile(saved!, 'utf8'),
    'the rotation continues with the existing new key',
  )
})

t.test('a rotation that would lose secrets is rejected', async t => {
  const old = anyKey()
  const environment = await newEnvironment(t, { DARKROOM_MASTER_KEY: old })
  t.match(await run(['user', 'create', '--email', 'ada@example.com'], environment), { code: 0 })
  const cases: [variables: Record<string, string>, about: RegExp][] = [
    [{}, /DARKROOM_NEW_MASTER_KEY: required/],
    [{ DARKROOM_NEW_MASTER_KEY: 'short' }, /DARKROOM_NEW_MASTER_KEY: must be 32 bytes/],
    [{ DARKROOM_NEW_MASTER_KEY: old }, /DARKROOM_NEW_MASTER_KEY: must differ/],
    [{ DARKROOM_MASTER_KEY: anyKey(), DARKROOM_NEW_MASTER_KEY: anyKey() }, /cannot be decrypted/],
  ]
  for (const [variables, about] of cases) {
    const ended = await rotate({ ...environment, ...variables })
    t.match(ended, { code: 1, stdout: '', stderr: about })
    t.notMatch(ended.stderr, old)
  }
  t.equal(await decrypts(environment), true, 'nothing has changed')
})
