import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAccounts } from '../auth/accounts.ts'
import { AuditRepository } from '../metadata/audit.ts'
import { openDatabase } from '../metadata/database.ts'
import { SessionRepository } from '../metadata/sessions.ts'
import { UserRepository } from '../metadata/users.ts'
import { createLogger } from '../telemetry/logger.ts'
import { freePort } from '../test/support/free-port.ts'
import { photo } from '../test/support/pictures.ts'
import { endOf, hasTerminal, heard, run, startOnTerminal } from '../test/support/program.ts'
import { emptyDatabase, temporaryFolder } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'

const folder = await temporaryFolder('darkroom-commands-')
t.teardown(() => rm(folder, { recursive: true, force: true }))
const variables = {
  DATABASE_URL: await emptyDatabase(t),
  DARKROOM_DATA_DIR: join(folder, 'data'),
  DARKROOM_PUBLIC_URL: 'https://images.example.com/',
  PORT: String(await freePort()),
  DARKROOM_METRICS_PORT: '0',
}
const nowhere = { ...variables, DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/none' }
const terminal = (await hasTerminal()) ? {} : { skip: 'there is no util-linux script' }

const factsOf = (stdout: string): Record<string, string> =>
  Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map(line => line.split('\t')),
  )

t.test('migrate applies the migrations once', async t => {
  const first = await run(['migrate', '--json'], variables)
  t.match(first, { code: 0, stderr: '' })
  const { version, applied } = JSON.parse(first.stdout)
  t.equal(applied.at(-1), version)
  t.match(await run(['migrate'], variables), {
    code: 0,
    stdout: `the schema is at ${version}: nothing to apply\n`,
  })
})

t.test('user create', async t => {
  const made = await run(['user', 'create', '--email', 'ada@example.com', '--role', 'admin'], variables)
  t.equal(made.code, 0, made.stderr)
  const ada = factsOf(made.stdout)
  t.match(ada, { email: 'ada@example.com', role: 'admin', key: /^[a-z0-9]{8}$/, secret: /^[\w-]{43}$/ })

  const words = [
    'user',
    'create',
    '--email',
    'ben@example.com',
    '--presets-only',
    '--originals',
    '--password-stdin',
    '--json',
  ]
  const given = await run(words, variables, 'correct horse\nsecond line\n')
  t.match(given, { code: 0 })
  t.match(JSON.parse(given.stdout), { role: 'member', password: undefined, secret: /^[\w-]{43}$/ })

  const database = openDatabase({ url: variables.DATABASE_URL, logger: createLogger('silent') })
  const accounts = createAccounts(new UserRepository(database))
  t.teardown(() => database.close())
  const login = { id: ada.user, role: 'admin', presetsOnly: false }
  t.match(await accounts.authenticate('ada@example.com', ada.password!), login)
  t.match(await accounts.authenticate('ben@example.com', 'correct horse'), {
    role: 'member',
    presetsOnly: true,
    originals: true,
  })

  t.match(await run(words, variables, 'correct horse'), {
    code: 1,
    stdout: '',
    stderr: /email: already used by another user/,
  })
})

t.test('user create prompts twice on a terminal without echoing', terminal, async t => {
  const results = join(folder, 'created')
  const child = startOnTerminal(['user', 'create', '--email', 'eve@example.com'], variables, results)
  const ended = endOf(child)
  await heard(child.stdout, 'Password: ')
  child.stdin.write('battery staple\r')
  await heard(child.stdout, 'again: ')
  child.stdin.write('battery staple\r')
  const { code, stdout } = await ended
  t.equal(code, 0, stdout)
  t.notMatch(stdout, 'staple')
  const facts = factsOf(await readFile(results, 'utf8'))
  t.match(facts, { email: 'eve@example.com', password: undefined })
})

t.test('user password sets a password, ends the sessions of the user, and user list shows users', async t => {
  const database = openDatabase({ url: variables.DATABASE_URL, logger: createLogger('silent') })
  t.teardown(() => database.close())
  const accounts = createAccounts(new UserRepository(database))
  const ben = await accounts.authenticate('ben@example.com', 'correct horse')
  const sessions = new SessionRepository(database)
  const session = await sessions.create(ben, Buffer.alloc(32, 1), Buffer.alloc(32, 2))
  t.ok(await sessions.findOwner(session!))

  const password = ['user', 'password', 'BEN@example.com']
  const [given, unknown, list] = await Promise.all([
    run([...password, '--password-stdin'], variables, 'new battery staple\n'),
    run(['user', 'password', 'nobody@example.com'], variables),
    run(['user', 'list'], variables),
  ])
  t.match(given, { code: 0, stderr: '', stdout: `user\t${ben.id}\nemail\tben@example.com\n` })
  t.notMatch(given.stdout, 'staple')
  await t.rejects(accounts.authenticate('ben@example.com', 'correct horse'), { code: 'unauthorized' })
  t.equal(await sessions.findOwner(session!), undefined, 'the session has ended')
  t.match(unknown, {
    code: 1,
    stdout: '',
    stderr: /no user has the address nobody@example.com; see .*user list/,
  })
  t.match(
    list.stdout,
    /^ben@example.com\tmember\tactive\t[a-z0-9]{12}\t\d{4}-\S+Z\nada@example.com\tadmin\t/m,
  )
  t.notMatch(list.stdout, 'scrypt')

  const generated = await run([...password, '--json'], variables)
  const { password: shown } = JSON.parse(generated.stdout)
  t.match(generated.stderr, 'will not be shown again')
  t.match(await accounts.authenticate('ben@example.com', shown), { id: ben.id })
  const { items } = await new AuditRepository(database).list({ limit: 2 })
  const entry = { userId: null, action: 'password.reset', subject: ben.id, address: 'command line' }
  t.match(items, [entry, entry])
})

t.test('key create', async t => {
  const made = await run(['key', 'create', '--user', 'ADA@example.com'], variables)
  t.match(made, { code: 0, stderr: /not be shown again/ })
  t.match(factsOf(made.stdout), { key: /^[a-z0-9]{8}$/, secret: /^[\w-]{43}$/ })
  const unknown = await run(['key', 'create', '--user', 'nobody@example.com'], variables)
  t.match(unknown, { code: 1, stdout: '', stderr: /no user has the address nobody@example.com/ })
})

const good = join(folder, 'good.png')
const bad = join(folder, 'bad.png')
await photo(640, 400).png().toFile(good)
await writeFile(bad, 'no picture')

t.test('upload continues after a bad file, and sign signs its URL', async t => {
  const missing = join(folder, 'missing.png')
  const words = ['upload', bad, missing, good, '--user', 'ada@example.com', '--tag', 'sea', '--title', 'Sea']
  words.push('--alt', 'The sea', '--metadata', 'season:winter', '--metadata', 'sku:7')
  const { code, stdout, stderr } = await run(words, variables)
  t.equal(code, 1)
  t.match(stderr, /^\S+bad\.png: .*not an image.*\n\S+missing\.png: ENOENT.*\n$/, 'a line each, and no bar')
  const [id, size, format, url = ''] = stdout.trimEnd().split('\t')
  t.match([id, size, format], [/^[a-z0-9]{16}$/, '640x400', 'png'])
  t.ok(url.startsWith('https://images.example.com/processed/'), url)

  const database = openDatabase({ url: variables.DATABASE_URL, logger: createLogger('silent') })
  const described = await database.query('select alt, metadata from images where id = $1', [id])
  await database.close()
  t.strictSame(described, [{ alt: 'The sea', metadata: { sku: '7', season: 'winter' } }])

  const path = new URL(url).pathname
  const signed = await run(['sign', path, '--expires', '60', '--json'], variables)
  t.equal(signed.code, 0, signed.stderr)
  const expires = JSON.parse(signed.stdout).expires - Date.now() / 1000
  t.ok(expires > 30 && expires <= 60, `expires in ${expires} s`)
  const again = await run(['sign', path, '--user', 'ada@example.com'], variables)
  t.match(again, { code: 0, stderr: '' })
  t.ok(again.stdout.startsWith(`https://images.example.com${path}?k=`) && again.stdout.endsWith('\n'))

  const [unserved, unowned, unknown] = await Promise.all([
    run(['sign', path.replace('w-800', 'w-0')], variables),
    run(['sign', '/processed/abcdef/abcdef.jpg'], variables),
    run(['sign', path, '--policy', 'web'], variables),
  ])
  t.match(unknown, { code: 1, stdout: '', stderr: /there is no such policy/ })
  t.match(unserved, { code: 1, stdout: '', stderr: /from 1 to 8192/ })
  t.match(unowned, { code: 1, stdout: '', stderr: /no user has the id abcdef/ })
})

t.test('upload shows a progress bar on a terminal and removes it', terminal, async t => {
  const results = join(folder, 'uploaded')
  const { code, stdout } = await endOf(
    startOnTerminal(['upload', good, '--user', 'ada@example.com'], variables, results),
  )
  t.equal(code, 0, stdout)
  t.ok(stdout.startsWith('\r\x1b[2Kgood.png  ['), stdout)
  t.match(stdout, /\[[#.]+\] +\d+% +[\d.]+\/[\d.]+ MB/)
  t.ok(stdout.endsWith('\r\x1b[2K'))
  t.match(await readFile(results, 'utf8'), /^[a-z0-9]{16}\t640x400\tpng\thttps:/)
})

t.test('doctor', async t => {
  const well = await run(['doctor'], variables)
  t.equal(well.code, 0, well.stdout)
  const findings = well.stdout.trimEnd().split('\n')
  t.same(
    findings.filter(line => !line.startsWith('ok ')),
    [],
  )
  t.match(well.stdout, /signing keys +4 decrypted|signing keys +3 decrypted/)

  const [unwell, wrong, otherKey] = await Promise.all([
    run(['doctor', '--json'], { ...nowhere, HOST: '127.0.0.1' }),
    run(['doctor'], { ...variables, PORT: 'many' }),
    run(['doctor'], { ...variables, DARKROOM_MASTER_KEY: Buffer.alloc(32).toString('base64') }),
  ])
  t.match([unwell.code, wrong.code, otherKey.code], [1, 1, 1])
  const failed = unwell.stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  t.match(
    failed.filter(({ state }) => state === 'FAILED'),
    [{ name: 'database', detail: /ECONNREFUSED/, advice: /DATABASE_URL/ }],
  )
  t.notMatch(unwell.stdout, 'hunter2')
  t.match(wrong.stdout, /FAILED +configuration +PORT: must be/)
  const names = (state: string, stdout: string) =>
    [...stdout.matchAll(new RegExp(`^${state} +(\\S+(?: \\S+)*)`, 'gm'))].map(([, name]) => name)
  const failing = names('skipped', wrong.stdout)
  const passing = names('ok', well.stdout)
  t.strictSame(
    failing.filter(name => name !== 'queue'),
    passing.slice(passing.indexOf('data directory')),
    'every later check is reported as skipped',
  )
  t.ok(failing.includes('queue'), 'the check of the queue, too')
  t.match(otherKey.stdout, /FAILED +signing keys .*DARKROOM_MASTER_KEY/)
})

t.test('verify reports objects that no row names, and repairs what can be made again', async t => {
  const picture = join(folder, 'verified.jpg')
  await writeFile(picture, await photo(90, 60, 7).jpeg().toBuffer())
  const { stdout } = await run(['upload', picture, '--user', 'ada@example.com', '--json'], variables)
  const { id, url } = JSON.parse(stdout)
  const userId = new URL(url).pathname.split('/')[2]!
  const objects = join(variables.DARKROOM_DATA_DIR, 'objects')
  const at = (kind: string, name: string) => join(objects, kind, userId, name)
  await mkdir(at('processed', id.slice(0, 2)), { recursive: true })
  await mkdir(at('rungs', 'un'), { recursive: true })
  const flat = at('raw', `${id}-orig.jpg`)
  const files = {
    derivative: at('processed', `${id.slice(0, 2)}/${id}_resize_w-10.jpg`),
    rung: at('rungs', 'un/unknown1-w640.jpg'),
    original: at('raw', 'unknown1-orig.jpg'),
  }
  for (const file of Object.values(files)) await writeFile(file, 'x')
  await rename(at('raw', `${id.slice(0, 2)}/${id}-orig.jpg`), flat)
  await rm(join(objects, '.spread'), { force: true })

  const verify = async (...words: string[]) => {
    const { code, stdout, stderr } = await run(['verify', '--json', ...words], variables)
    return { code, stderr, found: JSON.parse(stdout) }
  }
  const unnamed = { unnamedDerivatives: 1, unnamedSources: 1, unnamedOriginals: 1, missingOriginals: 0 }
  const before = await verify()
  t.match(before, { code: 1, found: { misplaced: 2, ...unnamed } })
  t.match(before.stderr, `unnamed original\traw/${userId}/unknown1-orig.jpg`)
  t.match(await verify('--repair'), { code: 1, found: { misplaced: 2, ...unnamed } })
  const repaired = { misplaced: 0, unnamedDerivatives: 0, unnamedSources: 0, unnamedOriginals: 1 }
  await rm(at('raw', `${id.slice(0, 2)}/${id}-orig.jpg`))
  const after = await verify()
  t.match(after, { code: 1, found: { ...repaired, missingOriginals: 1 } })
  t.match(after.stderr, `missing original\traw/${userId}/${id}-orig.jpg`)
})
