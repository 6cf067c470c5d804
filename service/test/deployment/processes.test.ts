import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { Agent, get as httpGet } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { openDatabase } from '../../metadata/database.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { prepareAdministrator } from '../support/administrator.ts'
import { newEnvironment } from '../support/build.ts'
import { freePort } from '../support/free-port.ts'
import { photo } from '../support/pictures.ts'
import { endOf, heard, run, start, stop } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import t, { skipFile } from '../support/tap.ts'
import { until } from '../support/until.ts'

if (process.platform !== 'linux') skipFile('the processes of a process are found in /proc')

const account = { email: 'admin@example.com', password: 'a password of the admin' }
const waitMs = 60_000
const masterKey = Buffer.alloc(32, 7)
const metricsPort = await freePort()
const environment = await newEnvironment(t, {
  DARKROOM_PROCESSES: '2',
  DARKROOM_METRICS_PORT: String(metricsPort),
  DARKROOM_MASTER_KEY: masterKey.toString('base64'),
  DARKROOM_ADMIN_EMAIL: account.email,
  DARKROOM_ADMIN_PASSWORD: account.password,
  // the test kills the process that renders, so no job may do it
  DARKROOM_HEAVY_COST_MS: '60000',
  LOG_LEVEL: 'error',
})

/** The stat fields of a process after its name: state, parent, and more. Undefined when it is gone or a zombie. */
async function statOf(pid: number): Promise<string[] | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return text === '' || fields[0] === 'Z' ? undefined : fields
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger)
  const stats = await Promise.all(pids.map(async pid => ({ pid, stat: await statOf(pid) })))
  return stats.flatMap(({ pid, stat }) => (Number(stat?.[1]) === parent ? [pid] : []))
}

/** The CPU time of a process, in ticks. */
const ticksOf = async (pid: number) => {
  const stat = await statOf(pid)
  return Number(stat?.[11] ?? 0) + Number(stat?.[12] ?? 0)
}

/**
 * Fetches with an agent: `fetch` would share connections, and hide those that were closed. As every client does, it repeats a
 * request on a kept connection that the server closes at the same time, because it was idle.
 */
function fetchWith(url: string, agent: Agent | false): Promise<{ status: number; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const request = httpGet(url, { agent }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk)).on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }))
    })
    request.on('error', error => {
      if (request.reusedSocket && 'code' in error && error.code === 'ECONNRESET')
        fetchWith(url, agent).then(resolve, reject)
      else reject(error)
    })
  })
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  const lines = text.split('\n').filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

const database = openDatabase({ url: environment.DATABASE_URL!, logger: createLogger('silent') })
const { migrate } = await import('../../metadata/migrate.ts')
await migrate({ url: environment.DATABASE_URL!, logger: createLogger('silent') })
await prepareAdministrator(database, masterKey, account)
await database.close()

const service = start(['serve'], environment)
t.teardown(() => stop(service))
const ended = endOf(service)
await heard(service.stdout, 'Next: sign in')
const base = `http://127.0.0.1:${environment.PORT}`
const session = await openSession(base, account)
const image = await session.upload(await photo(1600, 1200).jpeg({ quality: 90 }).toBuffer())
const signed = (width: number, format = 'jpg') =>
  session.sign({ imageId: image.id, operations: [{ op: 'resize', w: width }], format })
const renders = () => metric('darkroom_development_seconds_count')

await t.test('a derivative that all processes are asked for is rendered once', async t => {
  const before = await renders()
  const urls = await Promise.all([300, 301, 302, 303].map(width => signed(width)))
  const answers = await Promise.all(
    urls.flatMap(url => Array.from({ length: 4 }, () => fetchWith(url, false))),
  )
  t.ok(answers.every(({ status }) => status === 200))
  t.equal((await renders()) - before, urls.length)
  t.equal(new Set(answers.map(({ bytes }) => bytes.toString('base64'))).size, urls.length)
  t.equal(await metric('darkroom_deliveries_total'), answers.length, 'the metrics are those of all processes')
  t.equal(await metric('darkroom_memory_limit_bytes'), 256 * 1024 * 1024, 'the limits are divided')
  t.equal((await fetch(`http://127.0.0.1:${metricsPort}/readyz`)).status, 200)
})

await t.test(
  'when the process that renders is killed, the other one goes on, and it is replaced',
  async t => {
    const before = await childrenOf(service.pid!)
    t.equal(before.length, 2)
    // a blur and an encoder that take seconds
    const url = await session.sign({
      imageId: image.id,
      operations: [
        { op: 'blur', s: 40 },
        { op: 'encode', effort: 9, q: 90 },
      ],
      format: 'webp',
    })
    const started = await Promise.all(before.map(ticksOf))
    const answers = Array.from({ length: 4 }, () => fetchWith(url, false).catch(() => undefined))
    let victim: number | undefined
    await until('a process renders', waitMs, async () => {
      const now = await Promise.all(before.map(ticksOf))
      const index = now.findIndex((ticks, at) => ticks - started[at]! > 8)
      victim = before[index]
      return victim !== undefined
    })
    process.kill(victim!, 'SIGKILL')
    const got = (await Promise.all(answers)).filter(answer => answer !== undefined)
    t.ok(got.length > 0, 'those who were connected to the other process have an answer')
    t.ok(got.every(({ status, bytes }) => status === 200 && bytes.length > 0))
    await until('another process has started', waitMs, async () => {
      const now = await childrenOf(service.pid!)
      return now.length === 2 && !now.includes(victim!)
    })
    t.equal((await fetchWith(url, false)).status, 200)
  },
)

await t.test('SIGHUP replaces all processes, and refuses no request', async t => {
  const before = await childrenOf(service.pid!)
  const delivered = await metric('darkroom_deliveries_total')
  const url = await signed(300)
  const kept = new Agent({ keepAlive: true })
  let isOver = false
  let answered = 0
  const load = async (agent: Agent | false) => {
    while (!isOver) {
      const { status } = await fetchWith(url, agent)
      if (status !== 200) throw new Error(`status ${status}`)
      answered++
      // a steady load: the figures do not matter, and the machine has other work
      await setTimeout(5)
    }
  }
  const loads = Promise.all([load(kept), load(kept), load(false)])
  // the end of the test reports a failure
  loads.catch(() => {})
  service.kill('SIGHUP')
  await until('all processes are new', waitMs, async () => {
    const now = await childrenOf(service.pid!)
    return now.length === 2 && !now.some(pid => before.includes(pid))
  })
  isOver = true
  await loads
  kept.destroy()
  t.ok(answered > 0, `${answered} requests`)
  const now = await metric('darkroom_deliveries_total')
  t.ok(now >= delivered + answered, 'what the earlier processes counted is kept')
})

await t.test('without its supervisor no process is left', async t => {
  const children = await childrenOf(service.pid!)
  service.kill('SIGKILL')
  await ended
  await until('the processes have ended', waitMs, async () => {
    const stats = await Promise.all(children.map(statOf))
    return stats.every(stat => stat === undefined)
  })
  t.equal(children.length, 2)
})

await t.test('a start that fails ends like that of one process', async t => {
  const occupied = createServer().listen(Number(environment.PORT), '127.0.0.1')
  await once(occupied, 'listening')
  t.teardown(() => occupied.close())
  const outcome = await run(['serve'], environment)
  t.equal(outcome.code, 1)
  t.match(outcome.stderr, /^darkroom serve: PORT: port \d+ on 127\.0\.0\.1 is in use.*\n$/)
  const wrong = await run(['serve'], { ...environment, DARKROOM_ROLE: 'painter' })
  t.equal(wrong.code, 1)
  t.match(wrong.stderr, /^darkroom serve: DARKROOM_ROLE: /)
})
