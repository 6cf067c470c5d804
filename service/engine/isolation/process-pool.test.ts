import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import sharp from 'sharp'
import t from 'tap'
import {
  isRunning,
  renderProcessesOf,
  residentBytesOf,
  skipWithoutProc,
} from '../../test/support/render-processes.ts'
import { until } from '../../test/support/until.ts'
import { ProcessPool } from './process-pool.ts'
import { RenderProcess } from './render-process.ts'

const folder = await mkdtemp(join(tmpdir(), 'darkroom-children-'))
t.teardown(() => rm(folder, { recursive: true }))
const path = join(folder, 'picture')
const blank = sharp({ create: { width: 40, height: 30, channels: 3, background: 'teal' } })
await writeFile(path, await blank.png().toBuffer())
const work = { name: 'inspect', input: { path } } as const
const text = join(folder, 'text')
await writeFile(text, 'no image at all')

const limits = { size: 1, maxPixels: 1_000_000, maxMs: 60_000, graceMs: 100, maxBytes: 4 * 2 ** 30 }
function open(options: Partial<typeof limits> = {}) {
  const children = new ProcessPool({ ...limits, ...options })
  t.teardown(() => children.close())
  return children
}

/** Children of a test that do not answer any more, as their process is stopped. */
async function stopped(options: Partial<typeof limits> = {}) {
  const children = open(options)
  await children.run('inspect', { path })
  const pid = await onlyChild()
  process.kill(pid, 'SIGSTOP')
  return { children, pid }
}

/** A child that has worked once, and its limits, which may change. */
async function single() {
  const allowed = { ...limits }
  const child = new RenderProcess(limits.maxPixels, allowed)
  t.teardown(() => child.kill('the test is over'))
  await child.run(work, undefined)
  return { child, pid: await onlyChild(), allowed }
}

/** A signal must never go to another process. */
async function onlyChild(): Promise<number> {
  const [pid, ...others] = await renderProcessesOf(process.pid)
  if (pid === undefined || others.length > 0) throw new Error('there is not one child')
  return pid
}

t.test('a child is kept, and what it throws is thrown here', { skip: skipWithoutProc }, async t => {
  const children = open()
  t.match(await children.run('inspect', { path }), { facts: { format: 'png', width: 40, height: 30 } })
  const first = await renderProcessesOf(process.pid)
  await t.rejects(children.run('inspect', { path: text }), {
    name: 'DarkroomError',
    code: 'not-an-image',
    message: /not an image of a supported format/,
    cause: /unsupported image format/,
  })
  await t.rejects(children.run('inspect', { path: join(folder, 'none') }), {
    name: 'Error',
    message: /ENOENT/,
  })
  const recipe = { source: { facts: {} as never }, steps: [{ operation: 'dance', options: {} }] }
  const input = { source: { original: Buffer.alloc(1), images: new Map() }, settings: {} }
  await t.rejects(children.run('render', { ...input, recipe: { ...recipe, format: 'png' } }), /dance/)
  t.strictSame(await renderProcessesOf(process.pid), first, 'all by one process')
  await children.close()
  t.strictSame(await renderProcessesOf(process.pid), [])
  await t.rejects(children.run('inspect', { path }), { code: 'unavailable' })
})

t.test(
  'no more children than were allowed, and none that is not needed',
  { skip: skipWithoutProc },
  async t => {
    const children = open({ size: 2 })
    await Promise.all(Array.from({ length: 6 }, () => children.run('inspect', { path })))
    t.equal((await renderProcessesOf(process.pid)).length, 2)
    await children.close()
    const few = open({ size: 2 })
    for (let round = 0; round < 3; round++) await few.run('inspect', { path })
    t.equal((await renderProcessesOf(process.pid)).length, 1)
    await few.close()
  },
)

t.test('one that dies, idle or at work, is replaced', { skip: skipWithoutProc }, async t => {
  const { children, pid } = await stopped()
  const refused = t.rejects(children.run('inspect', { path }), {
    code: 'internal',
    message: 'the process that had the image in hand ended (SIGKILL)',
  })
  process.kill(pid, 'SIGKILL')
  await refused
  t.match(await children.run('inspect', { path }), { facts: { width: 40 } })
  const next = await onlyChild()
  process.kill(next, 'SIGKILL')
  await until('it is gone', 5000, async () => !(await isRunning(next)))
  // its parent hears of it a moment later: what is handed over in between fails, and is tried again as a job
  await setTimeout(100)
  t.match(await children.run('inspect', { path }), { facts: { width: 40 } })
  await children.close()
})

t.test('one that hangs is killed when its time is over', { skip: skipWithoutProc }, async t => {
  const { child, pid, allowed } = await single()
  allowed.maxMs = 200
  process.kill(pid, 'SIGSTOP')
  await t.rejects(child.run(work, undefined), { code: 'deadline' })
  t.notOk(await isRunning(pid))
})

t.test(
  'one whose work nobody wants is killed, unless it is done soon',
  { skip: skipWithoutProc },
  async t => {
    const { child, pid, allowed } = await single()
    const reason = new Error('nobody waits for this any more')
    const runUnwanted = () => {
      const leaving = new AbortController()
      const running = child.run(work, leaving.signal)
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

t.test('one that has kept much memory is not fit for more', { skip: skipWithoutProc }, async t => {
  const { child, pid, allowed } = await single()
  t.ok(child.isReusable)
  allowed.maxBytes = 1.5 * (await residentBytesOf(pid))
  process.kill(pid, 'SIGSTOP')
  const working = child.run(work, undefined)
  // it is looked at ten times a second
  await setTimeout(500)
  process.kill(pid, 'SIGCONT')
  await working
  t.notOk(child.isReusable)
  child.kill('the test is over')
  await child.exited
})

t.test('one that takes too much memory is killed', { skip: skipWithoutProc }, async t => {
  const { child, pid, allowed } = await single()
  allowed.maxBytes = 1024 * 1024
  process.kill(pid, 'SIGSTOP')
  await t.rejects(child.run(work, undefined), {
    code: 'internal',
    message: 'the image took more than 1 MB of memory',
  })
  t.notOk(await isRunning(pid))
})

t.test('what is in hand at the end is told so', { skip: skipWithoutProc }, async t => {
  const { children } = await stopped()
  const refused = t.rejects(children.run('inspect', { path }), { code: 'unavailable' })
  await children.close()
  await refused
  t.strictSame(await renderProcessesOf(process.pid), [])
})
