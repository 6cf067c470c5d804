import t from '../test/support/tap.ts'
import { StallDetector } from './progress-watch.ts'

const limits = { silenceMs: 15_000, minRate: 1_000 }

t.test('a transfer stalls when nothing arrives for the whole time of a window', async t => {
  const detector = new StallDetector(limits, 0, 500)
  t.equal(detector.check(14_000, 500, true), undefined)
  t.equal(detector.check(14_500, 40_000, true), undefined)
  t.equal(detector.check(29_000, 40_000, true), undefined)
  t.equal(detector.check(29_500, 40_000, true), 'nothing arrived for 15 s')
})

t.test('a transfer stalls when its average rate over a window is below the minimum', async t => {
  const detector = new StallDetector(limits, 0, 0)
  t.equal(detector.check(14_000, 1, true), undefined, 'a slow start is no stall')
  t.equal(detector.check(15_000, 15_000, true), undefined)
  t.equal(detector.check(29_000, 15_001, true), undefined)
  t.equal(detector.check(30_000, 29_999, true), 'less than 1000 bytes per second arrived for 15 s')
})

t.test('a transfer does not stall while this process does not read', async t => {
  const detector = new StallDetector(limits, 0, 0)
  for (let at = 1_000; at < 60_000; at += 1_000) t.equal(detector.check(at, 0, false), undefined)
  t.equal(detector.check(73_000, 0, true), undefined, 'reading has just begun')
  t.match(detector.check(74_000, 0, true), /nothing/)
})
