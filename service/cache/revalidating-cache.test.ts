import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { DarkroomError } from '../errors/catalogue.ts'
import { RevalidatingCache } from './revalidating-cache.ts'

const freshMs = 1_000

/** An origin that answers only when it is told to. */
function origin() {
  const asked: { answer(value: object | undefined): void; fail(error: Error): void }[] = []
  const values = new RevalidatingCache<object>({
    max: 10,
    revalidateAfterMs: freshMs,
    load: () =>
      new Promise((resolve, reject) => {
        asked.push({ answer: resolve, fail: reject })
      }),
  })
  return { asked, values }
}

t.test('what is in use is asked for again before it has to be, and nobody waits for that', async t => {
  const { asked, values } = origin()
  const [old, renewed] = [{ version: 1 }, { version: 2 }]
  const first = values.get('a')
  asked[0]?.answer(old)
  t.equal(await first, old)
  t.equal(await values.get('a'), old)
  t.equal(asked.length, 1, 'it counts as true')
  await setTimeout(freshMs * 0.85)
  t.equal(await values.get('a'), old, 'answered, though the origin has not')
  t.equal(await values.get('a'), old)
  t.equal(asked.length, 2, 'by one question')
  asked[1]?.answer(renewed)
  await setTimeout(1)
  t.equal(await values.get('a'), renewed)
})

t.test('a question ahead that fails is asked again by whoever needs the answer', async t => {
  const { asked, values } = origin()
  const [old, renewed] = [{ version: 1 }, { version: 2 }]
  const first = values.get('a')
  asked[0]?.answer(old)
  await first
  await setTimeout(freshMs * 0.85)
  t.equal(await values.get('a'), old)
  asked[1]?.fail(new DarkroomError('unavailable', 'the database is away'))
  await setTimeout(freshMs * 0.3)
  const later = values.get('a')
  asked[2]?.answer(renewed)
  t.equal(await later, renewed)
})

t.test('what is not there is not asked for ahead', async t => {
  const { asked, values } = origin()
  const first = values.get('a')
  asked[0]?.answer(undefined)
  t.equal(await first, undefined)
  await setTimeout(freshMs * 0.85)
  t.equal(await values.get('a'), undefined)
  t.equal(asked.length, 1)
})

t.test('renewing does not believe a question that was asked before', async t => {
  const { asked, values } = origin()
  const [old, renewed] = [{ version: 1 }, { version: 2 }]
  const first = values.get('a')
  const second = values.revalidate('a')
  t.equal(asked.length, 2)
  asked[1]?.answer(renewed)
  t.equal(await second, renewed)
  asked[0]?.answer(old)
  t.equal(await first, old, 'who had asked before may have been answered before')
  t.equal(await values.get('a'), renewed)
})
