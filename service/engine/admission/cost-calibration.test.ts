import t from 'tap'
import type { OutputFormat } from '../../plan/formats.ts'
import { CostCalibration } from './cost-calibration.ts'

/** A calibration that has recorded renders of a format, each taking `ratio` times longer than estimated. */
function taught(
  ratio: number,
  times: number,
  format: OutputFormat = 'webp',
  scale = new CostCalibration(),
): CostCalibration {
  for (let time = 0; time < times; time++) {
    const costMs = 20 + 10 * time
    scale.record({ costMs, format }, ratio * costMs)
  }
  return scale
}

/** The expected milliseconds for an estimate of 100. */
const hundred = (scale: CostCalibration, format: OutputFormat = 'webp') =>
  Math.round(scale.expectedMs({ costMs: 100, format }))

t.test('estimates are unchanged until there are enough samples', async t => {
  t.equal(hundred(new CostCalibration()), 100)
  t.equal(hundred(taught(3, 4)), 100)
  t.equal(hundred(taught(3, 5)), 300)
  t.strictSame(taught(3, 4).factors, {})
  t.strictSame(Object.keys(taught(3, 5).factors), ['webp'])
})

t.test('formats are calibrated separately, and a format without samples by the mean of all', async t => {
  const scale = taught(0.5, 40, 'jpg', taught(4, 40, 'avif'))
  t.equal(hundred(scale, 'avif'), 400)
  t.equal(hundred(scale, 'jpg'), 50)
  const unseen = hundred(scale, 'png')
  t.ok(unseen > 50 && unseen < 400, `${unseen} ms`)
  t.equal(Math.round(scale.expectedMs({ costMs: 100 })), unseen, 'also for work without a format')
})

t.test('calibration follows a machine that becomes slower', async t => {
  const scale = taught(3, 60, 'webp', taught(1, 20))
  const expected = hundred(scale)
  t.ok(expected > 280 && expected <= 300, `${expected} ms`)
})

t.test('a single delayed render counts little', async t => {
  const early = taught(1, 4)
  early.record({ costMs: 50, format: 'webp' }, 5_000)
  t.equal(hundred(early), 100, 'also among the first samples')
  const late = taught(1, 20)
  late.record({ costMs: 50, format: 'webp' }, 50_000)
  t.ok(hundred(late) < 115, `${hundred(late)} ms`)
})

t.test('ratios are bounded and recover quickly from their bounds', async t => {
  t.equal(hundred(taught(1000, 50)), 800)
  t.equal(hundred(taught(0.001, 50)), 20)
  const back = hundred(taught(1, 40, 'webp', taught(1000, 500)))
  t.ok(back < 120, `${back} ms`)
})

t.test('renders with a small estimate or no measured time are ignored', async t => {
  const scale = new CostCalibration()
  for (let time = 0; time < 50; time++) {
    scale.record({ costMs: 1, format: 'webp' }, 100)
    scale.record({ costMs: 100, format: 'webp' }, 0)
  }
  t.equal(hundred(scale), 100)
})
