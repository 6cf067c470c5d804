import { setTimeout } from 'node:timers/promises'
import t from '../../test/support/tap.ts'
import { AdmissionController } from './admission-controller.ts'
import { MemoryBudget } from './memory-budget.ts'

/** Work that ends when `open` is called. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open }
}

t.test('slots and queue are limited, further requests are rejected with a retry time', async t => {
  const admission = new AdmissionController({ slots: 2, queueLimit: 3 })
  const { opened, open } = gate()
  const all = Array.from({ length: 5 }, () => admission.run({ tenant: 'a', costMs: 100 }, () => opened))
  t.strictSame(admission.load, { running: 2, waiting: 3 })
  await t.rejects(
    admission.run({ tenant: 'a', costMs: 1 }, async () => {}),
    {
      code: 'overloaded',
      status: 503,
      retryAfterMs: 150,
    },
  )
  open()
  await Promise.all(all)
  t.strictSame(admission.load, { running: 0, waiting: 0 })
})

t.test('a full queue evicts the last request of the tenant with the most requests', async t => {
  const admission = new AdmissionController({ slots: 1, queueLimit: 4 })
  const { opened, open } = gate()
  const work = (tenant: string) =>
    admission
      .run({ tenant, costMs: 100 }, () => opened)
      .then(
        () => 'served',
        error => error.code,
      )
  const storm = Array.from({ length: 5 }, () => work('storm'))
  const others = [work('quiet'), work('calm')]
  t.equal(await storm[4], 'overloaded', 'the newest of the longest queue')
  t.equal(await storm[3], 'overloaded')
  t.equal(await work('storm'), 'overloaded', 'the flooding tenant cannot evict others')
  t.equal(admission.load.waiting, 4)
  open()
  t.strictSame(await Promise.all([...storm.slice(0, 3), ...others]), Array(5).fill('served'))
})

t.test('an aborted request leaves the queue, and failed work frees its slot', async t => {
  const admission = new AdmissionController({ slots: 1, queueLimit: 10 })
  const { opened, open } = gate()
  const running = admission.run({ tenant: 'a', costMs: 10 }, () => opened)
  const leaving = new AbortController()
  const left = admission.run({ tenant: 'a', costMs: 10, signal: leaving.signal }, async () => 'never')
  const failing = admission.run({ tenant: 'a', costMs: 10 }, () => Promise.reject(new Error('broken')))
  const last = admission.run({ tenant: 'a', costMs: 10 }, async () => 'served')
  leaving.abort(new Error('gone'))
  await t.rejects(left, { message: 'gone' })
  t.equal(admission.load.waiting, 2)
  open()
  await running
  await t.rejects(failing, { message: 'broken' })
  t.equal(await last, 'served')
})

t.test('a request that cannot start in time is rejected at once', async t => {
  const admission = new AdmissionController({ slots: 1, queueLimit: 100 })
  const work = (maxWaitMs?: number) =>
    admission.run({ tenant: 'a', costMs: 10, maxWaitMs }, () => setTimeout(30))
  await Promise.all(Array.from({ length: 12 }, () => work()))
  // work takes three times its estimate, so the two waiting requests take more than their estimate of 20 ms
  const before = [work(), work(), work()]
  await t.rejects(work(45), { code: 'overloaded' })
  t.equal(admission.load.waiting, 2)
  await work(10_000)
  await Promise.all(before)
})

t.test('a request that waits longer than expected is rejected after its longest wait', async t => {
  const admission = new AdmissionController({ slots: 1, queueLimit: 100 })
  const { opened, open } = gate()
  const running = admission.run({ tenant: 'a', costMs: 1 }, () => opened)
  await t.rejects(
    admission.run({ tenant: 'b', costMs: 1, maxWaitMs: 20 }, async () => 'never'),
    { code: 'overloaded' },
  )
  t.equal(admission.load.waiting, 0)
  open()
  await running
})

/** Runs work and records its tenant. */
function recordTenants(admission: AdmissionController) {
  const served: string[] = []
  const work = (tenant: string, costMs: number) =>
    admission.run({ tenant, costMs }, async () => {
      await setTimeout(0)
      served.push(tenant)
    })
  return { served, work }
}

t.test('a flooding tenant delays others by one request at most, and tenants get equal time', async t => {
  const { served, work } = recordTenants(new AdmissionController({ slots: 1, queueLimit: 1000 }))
  const storm = Array.from({ length: 200 }, () => work('storm', 20))
  for (let count = 1; count <= 3; count++) {
    const before = served.length
    await work('quiet', 20)
    t.ok(served.length - before <= 3, `the quiet request ran after ${served.length - before - 1} others`)
  }
  await Promise.all(storm)

  served.length = 0
  const cheap = Array.from({ length: 100 }, () => work('cheap', 10))
  const dear = Array.from({ length: 10 }, () => work('dear', 100))
  await Promise.all([...cheap, ...dear])
  const half = served.slice(0, 55)
  const spent = {
    cheap: half.filter(name => name === 'cheap').length * 10,
    dear: half.filter(name => name === 'dear').length * 100,
  }
  t.ok(spent.dear / spent.cheap > 0.5 && spent.dear / spent.cheap < 2, `spent ${JSON.stringify(spent)}`)
})

t.test('tenants that always queue one request get no more than their share', async t => {
  const { served, work } = recordTenants(new AdmissionController({ slots: 1, queueLimit: 1000 }))
  const storm = Array.from({ length: 60 }, () => work('storm', 20))
  let over = false
  const steady = async (tenant: string) => {
    while (!over) await work(tenant, 20)
  }
  const others = ['a', 'b', 'c'].map(steady)
  await Promise.all(storm)
  over = true
  await Promise.all(others)
  // each tenant gets a quarter, so the 60 requests are done after about 240
  t.ok(served.length > 120 && served.length < 300, `the storm was over after ${served.length}`)
})

t.test('slots are reserved for other active tenants', async t => {
  const admission = new AdmissionController({
    slots: 3,
    reservedSlots: 2,
    reservationMs: 60_000,
    queueLimit: 10,
  })
  const ends: Record<string, () => void> = {}
  const done: Promise<void>[] = []
  const begin = (tenant: string, name: string) => {
    const { opened, open } = gate()
    ends[name] = open
    done.push(admission.run({ tenant, costMs: 10 }, () => opened))
  }
  const end = async (name: string) => {
    ends[name]?.()
    await setTimeout(0)
  }
  for (const name of ['s1', 's2', 's3', 's4', 's5']) begin('storm', name)
  t.strictSame(admission.load, { running: 3, waiting: 2 }, 'a single tenant gets all slots')
  begin('quiet', 'q1')
  t.strictSame(admission.load, { running: 3, waiting: 3 })
  await end('s1')
  t.strictSame(admission.load, { running: 3, waiting: 2 }, 'the quiet tenant is next')
  await end('s2')
  t.strictSame(admission.load, { running: 2, waiting: 2 }, 'the flooding tenant keeps one')
  await end('q1')
  begin('quiet', 'q2')
  begin('quiet', 'q3')
  t.strictSame(admission.load, { running: 2, waiting: 3 }, 'the quiet tenant is limited as well')
  begin('third', 't1')
  t.strictSame(admission.load, { running: 3, waiting: 3 })
  await end('s3')
  t.strictSame(admission.load, { running: 3, waiting: 2 }, 'a request of the flooding tenant follows')
  for (const open of Object.values(ends)) open()
  await Promise.all(done)
  t.strictSame(admission.load, { running: 0, waiting: 0 })
})

t.test('reserved slots are released when other tenants are inactive', async t => {
  const admission = new AdmissionController({ slots: 2, reservedSlots: 1, reservationMs: 1, queueLimit: 10 })
  const { opened, open } = gate()
  await admission.run({ tenant: 'quiet', costMs: 10 }, async () => {})
  await setTimeout(20)
  const all = [1, 2].map(() => admission.run({ tenant: 'storm', costMs: 10 }, () => opened))
  t.strictSame(admission.load, { running: 2, waiting: 0 })
  open()
  await Promise.all(all)
})

t.test('requests run while their memory fits the budget, and a larger one runs alone', async t => {
  const memory = new MemoryBudget(100)
  const admission = new AdmissionController({ slots: 4, queueLimit: 10, memory })
  const started: string[] = []
  const gates = new Map<string, ReturnType<typeof gate>>()
  const begin = (name: string, bytes: number, signal?: AbortSignal) => {
    const one = gate()
    gates.set(name, one)
    const request = { tenant: name, costMs: 1, bytes, ...(signal && { signal }) }
    return admission.run(request, async () => {
      started.push(name)
      await one.opened
    })
  }
  const end = async (name: string) => {
    gates.get(name)?.open()
    await setTimeout(0)
  }
  const all = [begin('a', 60), begin('b', 40), begin('huge', 300)]
  await setTimeout(0)
  t.strictSame(started, ['a', 'b'])
  t.equal(memory.used, 100)
  await end('a')
  all.push(begin('c', 10))
  await setTimeout(0)
  t.strictSame(started, ['a', 'b'], 'a small request does not pass the large one that waits for memory')
  t.strictSame(admission.load, { running: 1, waiting: 2 })
  await end('b')
  t.strictSame(started, ['a', 'b', 'huge'])
  await end('huge')
  t.strictSame(started, ['a', 'b', 'huge', 'c'])

  const leaving = new AbortController()
  const left = begin('large', 95, leaving.signal)
  // the end of other work takes the large request out of the queue, where it waits for memory alone
  all.push(begin('d', 1), begin('e', 80))
  await end('d')
  leaving.abort(new Error('gone'))
  await t.rejects(left, { message: 'gone' })
  await end('e')
  await end('c')
  await Promise.all(all)
  t.equal(memory.used, 0)
  t.strictSame(admission.load, { running: 0, waiting: 0 })
})

t.test('work in the background counts, but does not hold up all others', async t => {
  const memory = new MemoryBudget(100)
  const { opened, open } = gate()
  const held = memory.hold(90, () => opened)
  t.ok(memory.fits(50), 'one may run beside it')
  memory.take(10)
  t.notOk(memory.fits(10))
  open()
  await held
  t.equal(memory.used, 10)
})
