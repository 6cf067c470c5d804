import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { createLogger } from '../telemetry/logger.ts'
import { temporaryFolder } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { findServerUser } from './embedded/system-user.ts'
import { openEmbeddedPostgres } from './embedded.ts'

const logger = createLogger('silent')

const folder = await temporaryFolder('darkroom-embedded-')
const directory = join(folder, 'postgres')
const lock = join(directory, 'data', 'postmaster.pid')
t.teardown(() => rm(folder, { recursive: true, force: true }))

/** Starts a process that opens the server, prints its URL, and closes it when its standard input ends. */
async function startParent(): Promise<{ process: ChildProcess; url: string }> {
  const script = `
    import { openEmbeddedPostgres } from ${JSON.stringify(new URL('./embedded.js', import.meta.url))}
    import { createLogger } from ${JSON.stringify(new URL('../telemetry/logger.js', import.meta.url))}
    const directory = ${JSON.stringify(directory)}
    const server = await openEmbeddedPostgres({ directory, logger: createLogger('silent') })
    console.log(server.url)
    process.stdin.resume().once('end', () => server.close())`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [url] = await once(createInterface(child.stdout), 'line')
  return { process: child, url }
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function finish(child: ChildProcess): Promise<void> {
  child.stdin?.end()
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`the process ended with ${code}`)
}

async function postmasterPid(): Promise<number> {
  return Number((await readFile(lock, 'utf8')).split('\n')[0])
}

/** Whether the process runs; one that is dead but not yet reaped has an empty command line. */
async function lives(pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== ''
  }
  return new Promise(resolve => execFile('ps', ['-p', String(pid)], error => resolve(!error)))
}

async function died(pid: number): Promise<boolean> {
  for (let turn = 0; turn < 100 && (await lives(pid)); turn++) await delay(50)
  return !(await lives(pid))
}

async function query(url: string, text: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

t.test(
  'two processes that open a fresh directory at once share one server, and the last stops it',
  async t => {
    const [one, two] = await Promise.all([startParent(), startParent()])
    t.equal(one.url, two.url)
    t.match(new URL(one.url), { hostname: '127.0.0.1' })
    t.same(await readdir(folder), ['postgres'], 'no temporary directory is left behind')
    await query(one.url, 'create table notes (text text)')
    await query(two.url, `insert into notes values ('kept')`)
    t.same(await query(one.url, 'show fsync'), [{ fsync: 'on' }])

    const pid = await postmasterPid()
    await finish(one.process)
    t.ok(await lives(pid), 'the server keeps running for the other process')
    t.same(await query(two.url, 'select text from notes'), [{ text: 'kept' }])
    await finish(two.process)
    t.notOk(await lives(pid), 'the server is stopped')
  },
)

t.test('two processes that close at once stop the server', async t => {
  const [one, two] = await Promise.all([startParent(), startParent()])
  const pid = await postmasterPid()
  await Promise.all([finish(one.process), finish(two.process)])
  t.notOk(await lives(pid))
})

t.test('a process that opens while the last one closes gets a server', async t => {
  const leaving = await openEmbeddedPostgres({ directory, logger })
  const [, coming] = await Promise.all([leaving.close(), openEmbeddedPostgres({ directory, logger })])
  t.same(await query(coming.url, 'select text from notes'), [{ text: 'kept' }])
  await coming.close()
})

t.test('a process reuses the server of a killed one', async t => {
  const parent = await startParent()
  await query(parent.url, `insert into notes values ('before the kill')`)
  const pid = await postmasterPid()
  await kill(parent.process)
  t.ok(await lives(pid), 'the server outlives its parent')

  const next = await openEmbeddedPostgres({ directory, logger })
  t.equal(await postmasterPid(), pid, 'it is the same server')
  t.equal(next.url, parent.url)
  t.same(await query(next.url, 'select count(*)::int from notes'), [{ count: 2 }])
  await next.close()
  t.ok(await died(pid))
})

t.test('committed data survives when both the process and the server are killed', async t => {
  const parent = await startParent()
  await query(parent.url, `insert into notes values ('before both kills')`)
  const pid = await postmasterPid()
  await kill(parent.process)
  process.kill(pid, 'SIGKILL')

  const next = await openEmbeddedPostgres({ directory, logger })
  t.not(await postmasterPid(), pid)
  t.same(await query(next.url, 'select count(*)::int from notes'), [{ count: 3 }])
  await next.close()
})

t.test('a stale lock file whose process id was reused does not prevent a start', async t => {
  const systemUser = await findServerUser(directory)
  const otherProgram = spawn('sleep', ['60'], { cwd: '/', stdio: 'ignore', ...systemUser })
  t.teardown(() => kill(otherProgram))
  await once(otherProgram, 'spawn')
  const stale = [otherProgram.pid, join(directory, 'data'), 1, 5432, '', '127.0.0.1', '1 1', 'ready   ']
  await writeFile(lock, stale.join('\n'))

  const next = await openEmbeddedPostgres({ directory, logger })
  t.same(await query(next.url, 'select count(*)::int from notes'), [{ count: 3 }])
  await next.close()
  t.ok(await lives(otherProgram.pid!), 'the other program is not touched')
})

t.test('a server that dies while in use is restarted on the same port', async t => {
  const open = await openEmbeddedPostgres({ directory, logger })
  process.kill(await postmasterPid(), 'SIGKILL')
  let rows: unknown[] = []
  for (let turn = 0; turn < 100 && rows.length === 0; turn++) {
    await delay(100)
    rows = await query(open.url, 'select 1 as one').catch(() => [])
  }
  t.same(rows, [{ one: 1 }])
  const pid = await postmasterPid()
  await open.close()
  t.notOk(await lives(pid))
})

t.test('an inaccessible folder is an error that names the variable', async t => {
  if (!(await findServerUser(folder))) return t.pass('only root runs the server as another user')
  const closed = join(folder, 'closed')
  await mkdir(closed, { mode: 0o700 })
  await t.rejects(openEmbeddedPostgres({ directory: join(closed, 'postgres'), logger }), {
    message: /DARKROOM_DATA_DIR/,
  })
})
