import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { SingleFlight } from './single-flight.ts'

const ever = new AbortController().signal

/** Work that ends when it is told to, and counts how often it was started. */
function work() {
  const starts: AbortSignal[] = []
  let land = (_: string) => {}
  let crash = (_: Error) => {}
  const start = (signal: AbortSignal) => {
    starts.push(signal)
    return new Promise<string>((resolve, reject) => {
      land = resolve
      crash = reject
    })
  }
  return { starts, start, land: (value: string) => land(value), crash: (error: Error) => crash(error) }
}

t.test('all who ask at once share one result, or one error', async t => {
  const flights = new SingleFlight<string>()
  const { starts, start, land, crash } = work()
  const all = Array.from({ length: 5 }, () => flights.run('a', ever, start))
  land('done')
  const landed = await Promise.all(all)
  t.strictSame(
    landed.map(({ value }) => value),
    Array(5).fill('done'),
  )
  t.strictSame(
    landed.map(({ joined }) => joined),
    [false, true, true, true, true],
  )
  t.equal(starts.length, 1)

  const failing = [flights.run('a', ever, start), flights.run('a', ever, start)]
  crash(new Error('broken'))
  for (const one of failing) await t.rejects(one, { message: 'broken' })
  t.equal(starts.length, 2, 'an error is not kept')
})

t.test('one who leaves takes nobody along', async t => {
  const flights = new SingleFlight<string>()
  const { starts, start, land } = work()
  const leaving = new AbortController()
  const first = flights.run('a', leaving.signal, start)
  const second = flights.run('a', ever, start)
  leaving.abort(new Error('gone'))
  await t.rejects(first, { message: 'gone' })
  t.notOk(starts[0]?.aborted)
  land('done')
  t.equal((await second).value, 'done')
})

t.test('when nobody is left the work is told to stop, and is not started beside itself', async t => {
  const flights = new SingleFlight<string>()
  const { starts, start, land } = work()
  const leaving = new AbortController()
  const first = flights.run('a', leaving.signal, start)
  leaving.abort(new Error('gone'))
  await t.rejects(first, { message: 'gone' })
  t.ok(starts[0]?.aborted)
  const newcomer = flights.run('a', ever, start)
  await setTimeout(5)
  t.equal(starts.length, 1, 'it still runs')
  land('late')
  t.equal((await newcomer).value, 'late', 'and arrives')
})

t.test('a newcomer starts afresh when the work that was given up fails', async t => {
  const flights = new SingleFlight<string>()
  const { starts, start, land, crash } = work()
  const leaving = new AbortController()
  const first = flights.run('a', leaving.signal, start)
  leaving.abort(new Error('gone'))
  await t.rejects(first, { message: 'gone' })
  const newcomer = flights.run('a', ever, start)
  crash(new Error('given up'))
  await setTimeout(5)
  t.equal(starts.length, 2)
  land('done')
  t.equal((await newcomer).value, 'done')
})
