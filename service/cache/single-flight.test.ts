import { setTimeout } from 'node:timers/promises'
import t from '../test/support/tap.ts'
import { SingleFlight } from './single-flight.ts'

const never = new AbortController().signal

/** Work that the test ends, and the signal of each start. */
function work() {
  const starts: AbortSignal[] = []
  let succeed = (_: string) => {}
  let fail = (_: Error) => {}
  const start = (signal: AbortSignal) => {
    starts.push(signal)
    return new Promise<string>((resolve, reject) => {
      succeed = resolve
      fail = reject
    })
  }
  return { starts, start, succeed: (value: string) => succeed(value), fail: (error: Error) => fail(error) }
}

t.test('concurrent callers share one result or one error', async t => {
  const flights = new SingleFlight<string>()
  const { starts, start, succeed, fail } = work()
  const all = Array.from({ length: 5 }, () => flights.run('a', never, start))
  succeed('done')
  const results = await Promise.all(all)
  t.strictSame(
    results.map(({ value }) => value),
    Array(5).fill('done'),
  )
  t.strictSame(
    results.map(({ joined }) => joined),
    [false, true, true, true, true],
  )
  t.equal(starts.length, 1)

  const failing = [flights.run('a', never, start), flights.run('a', never, start)]
  fail(new Error('broken'))
  for (const one of failing) await t.rejects(one, { message: 'broken' })
  t.equal(starts.length, 2, 'an error is not cached')
})

t.test('the other callers get their result when one of them aborts', async t => {
  const flights = new SingleFlight<string>()
  const { starts, start, succeed } = work()
  const leaving = new AbortController()
  const first = flights.run('a', leaving.signal, start)
  const second = flights.run('a', never, start)
  leaving.abort(new Error('gone'))
  await t.rejects(first, { message: 'gone' })
  t.notOk(starts[0]?.aborted)
  succeed('done')
  t.equal((await second).value, 'done')
})

t.test('work without callers is aborted, and a new caller joins it while it still runs', async t => {
  const flights = new SingleFlight<string>()
  const { starts, start, succeed } = work()
  const leaving = new AbortController()
  const first = flights.run('a', leaving.signal, start)
  leaving.abort(new Error('gone'))
  await t.rejects(first, { message: 'gone' })
  t.ok(starts[0]?.aborted)
  const newcomer = flights.run('a', never, start)
  await setTimeout(5)
  t.equal(starts.length, 1, 'the aborted work still runs')
  succeed('late')
  t.equal((await newcomer).value, 'late', 'the new caller gets its result')
})

t.test('a new caller starts the work again when the aborted work fails', async t => {
  const flights = new SingleFlight<string>()
  const { starts, start, succeed, fail } = work()
  const leaving = new AbortController()
  const first = flights.run('a', leaving.signal, start)
  leaving.abort(new Error('gone'))
  await t.rejects(first, { message: 'gone' })
  const newcomer = flights.run('a', never, start)
  fail(new Error('aborted'))
  await setTimeout(5)
  t.equal(starts.length, 2)
  succeed('done')
  t.equal((await newcomer).value, 'done')
})

t.test('settled waits for work whose callers have left', async t => {
  const flights = new SingleFlight<string>()
  const { start, succeed } = work()
  const leaving = new AbortController()
  const first = flights.run('a', leaving.signal, start)
  leaving.abort(new Error('gone'))
  await t.rejects(first, { message: 'gone' })
  let isSettled = false
  const settled = flights.settled().then(() => {
    isSettled = true
  })
  await setTimeout(5)
  t.notOk(isSettled)
  succeed('late')
  await settled
})
