import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import sharp from 'sharp'
import { pdfOfLoop, svgOfFilters } from '../../test/support/hostile-files.ts'
import {
  inspectionProcessesOf,
  isRunning,
  residentBytesOf,
  skipWithoutProc,
} from '../../test/support/render-processes.ts'
import t from '../../test/support/tap.ts'
import { until } from '../../test/support/until.ts'
import { budgetFor } from './file-budget.ts'
import { IsolatedProcess } from './isolated-process.ts'
import { inspectionLimits, type ProcessLimits, renderLimits } from './process-limits.ts'
import { ProcessPool, type ProcessPoolOptions } from './process-pool.ts'

const folder = await mkdtemp(join(tmpdir(), 'darkroom-children-'))
t.teardown(() => rm(folder, { recursive: true }))
const path = join(folder, 'picture')
const blank = sharp({ create: { width: 40, height: 30, channels: 3, background: 'teal' } })
await writeFile(path, await blank.png().toBuffer())
const inspectTask = { name: 'inspect', input: { path } } as const
const text = join(folder, 'text')
await writeFile(text, 'not an image')

const limits: ProcessLimits = { ...renderLimits(4 * 2 ** 30), graceMs: 100 }
const defaults = { program: 'inspection', limits, size: 1, maxPixels: 1_000_000 } as const
function open(options: Partial<ProcessPoolOptions> = {}) {
  const pool = new ProcessPool({ ...defaults, ...options })
  t.teardown(() => pool.close())
  return pool
}

/** A pool whose child is stopped (SIGSTOP), so that it does not answer. */
async function stopped(options: Partial<ProcessPoolOptions> = {}) {
  const pool = open(options)
  await pool.run('inspect', { path })
  const pid = await onlyChild()
  process.kill(pid, 'SIGSTOP')
  return { pool, pid }
}

/** A child that has completed one task, and its limits, which the test may change. */
async function single(initial = limits) {
  const allowed: { -readonly [K in keyof ProcessLimits]: ProcessLimits[K] } = { ...initial }
  const child = new IsolatedProcess('inspection', defaults.maxPixels, allowed)
  t.teardown(() => child.kill('the test is over'))
  await child.run(inspectTask, undefined)
  return { child, pid: await onlyChild(), allowed }
}

/** The pid of the only child, so that a signal never goes to another process. */
async function onlyChild(): Promise<number> {
  const [pid, ...others] = await inspectionProcessesOf(process.pid)
  if (pid === undefined || others.length > 0) throw new Error('expected one child process')
  return pid
}

t.test('a child process is reused and its errors are rethrown', { skip: skipWithoutProc }, async t => {
  const pool = open()
  t.match(await pool.run('inspect', { path }), { facts: { format: 'png', width: 40, height: 30 } })
  const first = await inspectionProcessesOf(process.pid)
  await t.rejects(pool.run('inspect', { path: text }), {
    name: 'DarkroomError',
    code: 'not-an-image',
    message: /not an image of a supported format/,
    cause: /unsupported image format/,
  })
  await t.rejects(pool.run('inspect', { path: join(folder, 'none') }), {
    name: 'Error',
    message: /ENOENT/,
  })
  const planInput = { source: { facts: {} as never }, steps: [{ operation: 'dance', options: {} }] }
  const input = { source: { original: Buffer.alloc(1), images: new Map() }, settings: {} }
  const renders = open({ program: 'render' })
  await t.rejects(renders.run('render', { ...input, planInput: { ...planInput, format: 'png' } }), /dance/)
  await renders.close()
  t.strictSame(await inspectionProcessesOf(process.pid), first, 'one process ran all tasks')
  await pool.close()
  t.strictSame(await inspectionProcessesOf(process.pid), [])
  await t.rejects(pool.run('inspect', { path }), { code: 'unavailable' })
})

t.test('the pool starts processes on demand up to its size', { skip: skipWithoutProc }, async t => {
  const pool = open({ size: 2 })
  await Promise.all(Array.from({ length: 6 }, () => pool.run('inspect', { path })))
  t.equal((await inspectionProcessesOf(process.pid)).length, 2)
  await pool.close()
  const few = open({ size: 2 })
  for (let round = 0; round < 3; round++) await few.run('inspect', { path })
  t.equal((await inspectionProcessesOf(process.pid)).length, 1)
  await few.close()
})

t.test('a process that dies idle or during a task is replaced', { skip: skipWithoutProc }, async t => {
  const { pool, pid } = await stopped()
  const refused = t.rejects(pool.run('inspect', { path }), {
    code: 'internal',
    message: 'the render process exited (SIGKILL)',
  })
  process.kill(pid, 'SIGKILL')
  await refused
  t.match(await pool.run('inspect', { path }), { facts: { width: 40 } })
  const next = await onlyChild()
  process.kill(next, 'SIGKILL')
  await until('it is gone', 5000, async () => !(await isRunning(next)))
  // the parent notices the exit a moment later; a task that is sent before that fails (the task of a job is retried)
  await setTimeout(100)
  t.match(await pool.run('inspect', { path }), { facts: { width: 40 } })
  await pool.close()
})

t.test('a process that exceeds its time limit is killed', { skip: skipWithoutProc }, async t => {
  const { child, pid, allowed } = await single()
  Object.assign(allowed, { maxMs: 200, busy: { maxMs: 200, cpuMs: 0 } })
  process.kill(pid, 'SIGSTOP')
  await t.rejects(child.run(inspectTask, undefined), { code: 'deadline' })
  t.notOk(await isRunning(pid))
})

t.test(
  'a process with an aborted task is killed after a grace period',
  { skip: skipWithoutProc },
  async t => {
    const { child, pid, allowed } = await single()
    const reason = new Error('the client disconnected')
    const runUnwanted = () => {
      const leaving = new AbortController()
      const running = child.run(inspectTask, leaving.signal)
      leaving.abort(reason)
      return running
    }
    allowed.graceMs = 60_000
    await t.rejects(runUnwanted(), reason)
    t.ok(child.isReusable)
    allowed.graceMs = 100
    process.kill(pid, 'SIGSTOP')
    await t.rejects(runUnwanted(), reason)
    t.notOk(await isRunning(pid))
  },
)

t.test('a process that retains much memory is not reused', { skip: skipWithoutProc }, async t => {
  const { child, pid, allowed } = await single()
  t.ok(child.isReusable)
  allowed.maxBytes = 1.5 * (await residentBytesOf(pid))
  process.kill(pid, 'SIGSTOP')
  const working = child.run(inspectTask, undefined)
  // memory is sampled fifty times a second
  await setTimeout(100)
  process.kill(pid, 'SIGCONT')
  await working
  t.notOk(child.isReusable)
  child.kill('the test is over')
  await child.exited
})

t.test('a process that exceeds its memory limit is killed', { skip: skipWithoutProc }, async t => {
  const { child, pid, allowed } = await single()
  Object.assign(allowed, renderLimits(2 ** 20))
  process.kill(pid, 'SIGSTOP')
  await t.rejects(child.run(inspectTask, undefined), {
    code: 'internal',
    message: 'the image needs more than 1 MB of memory',
  })
  t.notOk(await isRunning(pid))
})

t.test('closing the pool fails running tasks as unavailable', { skip: skipWithoutProc }, async t => {
  const { pool } = await stopped()
  const refused = t.rejects(pool.run('inspect', { path }), { code: 'unavailable' })
  await pool.close()
  await refused
  t.strictSame(await inspectionProcessesOf(process.pid), [])
})

t.test('an inspection that exceeds its budget fails as too-complex', { skip: skipWithoutProc }, async t => {
  const slow = join(folder, 'slow')
  await writeFile(slow, svgOfFilters(20, 10))
  const large = join(folder, 'large')
  await writeFile(large, pdfOfLoop())
  const short = inspectionLimits({ maxMs: 300, maxBytes: 2 ** 30 })
  const pool = open({ limits: short })
  const needed = 'the image needs more than 0.3 seconds to be read'
  await t.rejects(pool.run('inspect', { path: slow }), { code: 'too-complex', message: needed })
  await pool.close()
  const small = open({ limits: inspectionLimits({ maxMs: 20_000, maxBytes: 64 * 2 ** 20 }) })
  const megabytes = 'the image needs more than 64 MB of memory to be read'
  await t.rejects(small.run('inspect', { path: large }), { code: 'too-complex', message: megabytes })
  t.match(await small.run('inspect', { path }), { facts: { width: 40 } })
  await small.close()
})

t.test('a large file and a large JPEG XL have larger budgets', async t => {
  const budget = { maxMs: 5_000, maxBytes: 512e6 }
  t.strictSame(budgetFor(budget, Buffer.alloc(99), 8e6), { maxMs: 9_000, maxBytes: 768e6 })
  // the header of a codestream: a height of 4,000 pixels, in a field of 13 bits, and the ratio 1:1 for the width
  const square = Buffer.alloc(14)
  square.writeUInt16BE(0xff0a)
  square.writeUInt32LE(0b10 + (3_999 << 3) + (1 << 16), 2)
  const bytes = 512e6 + 14 * 32 + 16e6 * 64
  t.strictSame(budgetFor(budget, square, 14), { maxMs: 11_400, maxBytes: bytes })
})

t.test('an inspection that gets no CPU time is to be retried', { skip: skipWithoutProc }, async t => {
  const { child, pid, allowed } = await single(inspectionLimits({ maxMs: 5_000, maxBytes: 2 ** 30 }))
  allowed.maxMs = 200
  process.kill(pid, 'SIGSTOP')
  await t.rejects(child.run(inspectTask, undefined), { code: 'overloaded' })
})

t.test('a killed process is replaced before the next task', { skip: skipWithoutProc }, async t => {
  const { pool, pid } = await stopped({ keepsOne: true })
  process.kill(pid, 'SIGKILL')
  await until('it is replaced', 5000, async () => {
    const others = await inspectionProcessesOf(process.pid)
    return others.length === 1 && others[0] !== pid
  })
  await pool.close()
  t.strictSame(await inspectionProcessesOf(process.pid), [])
})

t.test('tasks wait for a running process, and surplus processes end', { skip: skipWithoutProc }, async t => {
  const patient = open({ size: 3, patienceMs: 20_000 })
  await Promise.all(Array.from({ length: 5 }, () => patient.run('inspect', { path })))
  t.equal((await inspectionProcessesOf(process.pid)).length, 1)
  await patient.close()
  const several = open({ size: 2, idleMs: 50 })
  await Promise.all(Array.from({ length: 4 }, () => several.run('inspect', { path })))
  await until('one is left', 5000, async () => (await inspectionProcessesOf(process.pid)).length === 1)
  await several.close()
})
