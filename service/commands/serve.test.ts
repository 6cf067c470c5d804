import { once } from 'node:events'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../test/support/free-port.ts'
import { photo } from '../test/support/pictures.ts'
import { endOf, heard, run, start, stop } from '../test/support/program.ts'
import { temporaryFolder } from '../test/support/services/postgres.ts'
import { postJson } from '../test/support/session.ts'
import t, { type Test } from '../test/support/tap.ts'
import { until } from '../test/support/until.ts'

const folder = await temporaryFolder('darkroom-serve-')
t.teardown(() => rm(folder, { recursive: true, force: true }))
const data = join(folder, 'data')
const settings = async () => ({
  DARKROOM_DATA_DIR: data,
  PORT: String(await freePort()),
  DARKROOM_METRICS_PORT: String(await freePort()),
  LOG_LEVEL: 'warn',
})

/** Starts a server and waits until it is ready; `printed` is its output so far. */
async function serve(t: Test, variables: Record<string, string>) {
  const child = start(['serve'], variables)
  t.teardown(() => stop(child))
  const ended = endOf(child)
  const printed = await heard(child.stdout, 'Next: sign in').catch(async error => {
    throw new Error(`${error.message} ${(await ended).stderr}`)
  })
  return { child, ended, printed }
}

/** Whether the Postgres of the data directory runs: it removes its lock file when it stops. */
const postgresRuns = () =>
  readFile(join(data, 'postgres', 'data', 'postmaster.pid')).then(
    () => true,
    () => false,
  )

t.test('two servers and a command share one data directory', async t => {
  const [one, two] = [await settings(), await settings()]
  const first = await serve(t, one)
  t.match(first.printed, /Email +admin@darkroom\.local\n +Password +\S{20} /)
  t.match(first.printed, `Data       ${data}\n`)
  const second = await serve(t, two)
  t.notMatch(second.printed, 'Password', 'the password is shown once')

  const taken = await Promise.all([
    run(['serve'], { ...two, PORT: one.PORT }),
    run(['serve'], { ...(await settings()), DARKROOM_METRICS_PORT: one.DARKROOM_METRICS_PORT }),
  ])
  t.match(taken[0], { code: 1, stderr: /^darkroom serve: PORT: port \d+ on 127\.0\.0\.1 is in use.*\n$/ })
  t.match(taken[1], { code: 1, stderr: /^darkroom serve: DARKROOM_METRICS_PORT: .* is in use.*\n$/ })

  const { PORT: _, ...elsewhere } = one
  const file = join(folder, 'small.png')
  await photo(40, 30).png().toFile(file)
  const uploaded = await run(['upload', file], elsewhere)
  t.match(uploaded.stdout, `\thttp://127.0.0.1:${two.PORT}/processed/`, 'the URL of the service started last')

  const doctor = await run(['doctor'], one)
  t.equal(doctor.code, 0, doctor.stdout)
  t.match(doctor.stdout, /ok +port .*in use by Darkroom\nok +metrics port .*in use by Darkroom/)

  const shown = /\/processed\/(\w+)\/([a-z0-9]+)_/.exec(first.printed)!
  const path = `/processed/${shown[1]}/${shown[2]}_resize_w-700_encode_effort-4.avif`
  const signed = await run(['sign', path], one)
  t.equal(signed.code, 0, signed.stderr)

  const answer = fetch(signed.stdout.trim())
  await delay(200)
  first.child.kill('SIGTERM')
  t.match(await answer.then(({ status }) => status), 200, 'a request that has begun is answered')
  t.match(await first.ended, { code: 0, stderr: '' })
  t.ok(await postgresRuns(), 'Postgres keeps running for the other server')
  t.equal((await fetch(`http://127.0.0.1:${two.PORT}/readyz`)).status, 200)

  second.child.kill('SIGINT')
  t.match(await second.ended, { code: 0, stderr: '' })
  t.notOk(await postgresRuns(), 'the last server stops Postgres')
  t.same(await readdir(join(data, 'spool')), [])
})

t.test('a configured administrator can log in as soon as the service is ready', async t => {
  const password = 'a configured password'
  const own = {
    DARKROOM_DATA_DIR: join(folder, 'configured'),
    DARKROOM_ADMIN_EMAIL: 'ada@example.com',
    DARKROOM_ADMIN_PASSWORD: password,
    LOG_LEVEL: 'info',
  }
  const variables = { ...(await settings()), ...own }
  const child = start(['serve'], variables)
  t.teardown(() => stop(child))
  const ended = endOf(child)
  const url = `http://127.0.0.1:${variables.PORT}`
  const ready = () =>
    fetch(`${url}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    )
  await until('the service is ready', 60_000, ready)
  const login = await postJson(`${url}/api/v1/auth/login`, { email: 'ada@example.com', password })
  t.equal(login.status, 200)
  child.kill('SIGTERM')
  const { code, stdout } = await ended
  t.equal(code, 0)
  t.notMatch(stdout, password, 'a configured password is not printed')
  t.match(stdout, `Darkroom is ready at ${url}`)
  t.notMatch(stdout, 'Server listening', 'the address is printed once')
})

t.test('a second signal exits at once, and the next command takes over the Postgres left behind', async t => {
  const variables = await settings()
  const { child } = await serve(t, variables)
  child.kill('SIGTERM')
  child.kill('SIGINT')
  const [code] = await once(child, 'exit')
  t.ok(code === 130 || code === 143, `code ${code}`)
  t.match(await run(['migrate'], variables), { code: 0 })
  t.notOk(await postgresRuns())
})

t.test('a signal that npm forwards again is ignored', async t => {
  const variables = await settings()
  const { child, ended } = await serve(t, variables)
  child.kill('SIGINT')
  await delay(20)
  child.kill('SIGINT')
  t.match(await ended, { code: 0, stderr: '' })
  t.notOk(await postgresRuns(), 'nothing is left')
})

t.test('an unreachable dependency is named', async t => {
  const variables = await settings()
  const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
  const storage = 's3://bucket/prefix?endpoint=http://127.0.0.1:1'
  const [database, store] = await Promise.all([
    run(['serve'], { ...variables, DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/none' }),
    run(['serve'], { ...variables, ...keys, DARKROOM_STORAGE_URL: storage }),
  ])
  t.match(database, { code: 1, stderr: /^darkroom serve: DATABASE_URL: .*ECONNREFUSED.*\n$/ })
  t.match(store, { code: 1, stderr: /darkroom serve: DARKROOM_STORAGE_URL: .*ECONNREFUSED.*\n$/ })
})
