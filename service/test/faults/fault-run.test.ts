import { loadFaults } from '../../../bench/faults/fault.ts'
import { AnswerCheck } from '../../../bench/faults/load/answer-check.ts'
import { drawAnimation, drawNumber, readNumber } from '../../../bench/faults/load/numbered-picture.ts'
import { lastFailure, longestOutage, type Sample } from '../../../bench/faults/load/request-log.ts'
import { isGood } from '../../../bench/faults/table.ts'
import { read } from '../support/containers.ts'
import t from '../support/tap.ts'

// `npm run test:faults` takes too long for the gate. These tests show that it would notice what it looks for.

const size = { width: 96, height: 72 }

t.test(
  'a picture shows its number, also in another size and format, and cannot be cut off unnoticed',
  async t => {
    const { default: sharp } = await import('sharp')
    for (const number of [0, 1, 30_467, 65_535]) {
      const file = await drawNumber(number, size, 'jpeg')
      t.strictSame(await readNumber(file), { number, ...size })
      const small = await sharp(file).resize(48).webp({ quality: 40 }).toBuffer()
      t.match(await readNumber(small), { number, width: 48 })
      await t.rejects(readNumber(file.subarray(0, file.length - 200)))
    }
    t.match(await readNumber(await drawAnimation(4_242, size)), { number: 4_242 })
  },
)

t.test('a wrong answer is a mistake, whatever is wrong with it', async t => {
  const body = await drawNumber(7, size, 'png')
  const reply = { status: 200, body, etag: '"a"', error: '' }
  const mistakesOf = async (
    changes: object,
    expected: { number: number; width?: number } = { number: 7 },
  ) => {
    const answers = new AnswerCheck()
    await answers.check('/one?s=x', reply, { number: 7, ...size })
    await answers.check('/one?s=x', { ...reply, ...changes }, expected)
    return answers.mistakes.join()
  }
  t.equal(await mistakesOf({}), '')
  t.equal(await mistakesOf({ status: 503 }), '', 'a refusal says nothing wrong')
  t.match(await mistakesOf({ status: 404 }), 'answered 404')
  t.match(await mistakesOf({ etag: '' }), 'ETag none')
  t.match(await mistakesOf({ body: await drawNumber(7, size, 'jpeg') }), 'other bytes with the same ETag')
  t.match(await mistakesOf({ body: await drawNumber(8, size, 'png'), etag: '"b"' }), 'shows the picture 8')
  t.match(await mistakesOf({ body: Buffer.from('no picture'), etag: '"c"' }), 'cannot be decoded')
  const other = await drawNumber(7, { width: 48, height: 36 }, 'png')
  t.match(await mistakesOf({ body: other, etag: '"d"' }, { number: 7, width: 96 }), 'is 48 × 36')
})

t.test('the longest outage ends with the first good answer to a later request', async t => {
  const sample = (subject: string, sent: number, ended: number, isGood: boolean): Sample => ({
    ...{ kind: 'hit', subject, sent, ended, isGood },
    ...(isGood ? { status: 200, reason: '' } : { status: 503, reason: '503' }),
  })
  const samples = [
    ...[sample('a', 0, 10, true), sample('a', 100, 110, false), sample('a', 200, 900, false)],
    // answered before the request that was sent earlier
    ...[sample('a', 300, 350, true), sample('b', 0, 220, true), sample('b', 400, 405, true)],
    { ...sample('c', 0, 5_000, true), kind: 'cold' },
  ]
  t.match(longestOutage(samples, ['hit']), { subject: 'a', since: 100, ms: 250 })
  t.match(longestOutage([], ['hit']), { ms: 0 })
  t.equal(lastFailure(samples, 150), 50)
  t.equal(lastFailure(samples, 250), 0)
})

t.test('a run is good only if nothing was wrong, lost or left over', async t => {
  const outage = { kind: '', subject: '', since: 0, ms: 0 }
  const outcome = {
    ...{
      name: 'x',
      summary: 'x',
      requests: 1,
      failed: 1,
      byResult: {},
      begun: 0,
      recovery: 0,
      note: undefined,
    },
    ...{ outage, cachedOutage: outage, mistakes: [], losses: [], garbage: {}, problems: [] },
  }
  t.ok(isGood(outcome))
  for (const wrong of [
    ...[{ mistakes: ['x'] }, { losses: ['x'] }, { problems: ['x'] }, { garbage: { jobs: 1 } }],
    { recovery: undefined },
  ])
    t.notOk(isGood({ ...outcome, ...wrong }), JSON.stringify(wrong))
})

t.test('the page about reliability has the result of every fault', async t => {
  const page = await read('docs/reliability.md')
  const faults = [...(await loadFaults()).values()]
  t.ok(faults.length > 15)
  for (const { summary } of faults) t.ok(page.includes(`| ${summary}`), summary)
})
