import type { OutputFormat } from '../../plan/formats.ts'
import t from '../../test/support/tap.ts'
import { CostCalibration } from './cost-calibration.ts'

/** A calibration that has recorded renders of a format, each taking `ratio` times longer than estimated. */
function calibrated(
  ratio: number,
  times: number,
  format: OutputFormat = 'webp',
  calibration = new CostCalibration(),
): CostCalibration {
  for (let time = 0; time < times; time++) {
    const costMs = 20 + 10 * time
    calibration.record({ costMs, format }, ratio * costMs)
  }
  return calibration
}

/** The expected milliseconds for an estimate of 100. */
const expectedFor100 = (calibration: CostCalibration, format: OutputFormat = 'webp') =>
  Math.round(calibration.expectedMs({ costMs: 100, format }))

t.test('estimates are unchanged until there are enough samples', async t => {
  t.equal(expectedFor100(new CostCalibration()), 100)
  t.equal(expectedFor100(calibrated(3, 4)), 100)
  t.equal(expectedFor100(calibrated(3, 5)), 300)
  t.strictSame(calibrated(3, 4).factors, {})
  t.strictSame(Object.keys(calibrated(3, 5).factors), ['webp'])
})

t.test('formats are calibrated separately, and a format without samples by the mean of all', async t => {
  const calibration = calibrated(0.5, 40, 'jpg', calibrated(4, 40, 'avif'))
  t.equal(expectedFor100(calibration, 'avif'), 400)
  t.equal(expectedFor100(calibration, 'jpg'), 50)
  const unseen = expectedFor100(calibration, 'png')
  t.ok(unseen > 50 && unseen < 400, `${unseen} ms`)
  t.equal(Math.round(calibration.expectedMs({ costMs: 100 })), unseen, 'also for work without a format')
})

t.test('calibration follows a machine that becomes slower', async t => {
  const calibration = calibrated(3, 60, 'webp', calibrated(1, 20))
  const expected = expectedFor100(calibration)
  t.ok(expected > 280 && expected <= 300, `${expected} ms`)
})

t.test('a machine that is busy for a while does not raise estimates beyond twice the usual', async t => {
  const calibration = calibrated(1, 200)
  for (let time = 0; time < 20; time++) calibration.record({ costMs: 50, format: 'webp' }, 400)
  const expected = expectedFor100(calibration)
  t.ok(expected > 200 && expected < 320, `${expected} ms`)
  const early = expectedFor100(calibrated(8, 5))
  t.ok(early > 400 && early < 600, `${early} ms, when the process starts while the machine is busy`)
})

t.test('a single delayed render counts little', async t => {
  const early = calibrated(1, 4)
  early.record({ costMs: 50, format: 'webp' }, 5_000)
  t.equal(expectedFor100(early), 100, 'also among the first samples')
  const late = calibrated(1, 20)
  late.record({ costMs: 50, format: 'webp' }, 50_000)
  t.ok(expectedFor100(late) < 115, `${expectedFor100(late)} ms`)
})

t.test('ratios are bounded and recover quickly from their bounds', async t => {
  t.equal(expectedFor100(calibrated(1000, 50)), 800)
  t.equal(expectedFor100(calibrated(0.001, 50)), 20)
  const back = expectedFor100(calibrated(1, 40, 'webp', calibrated(1000, 500)))
  t.ok(back < 120, `${back} ms`)
})

t.test('renders with a small estimate or no measured time are ignored', async t => {
  const calibration = new CostCalibration()
  for (let time = 0; time < 50; time++) {
    calibration.record({ costMs: 1, format: 'webp' }, 100)
    calibration.record({ costMs: 100, format: 'webp' }, 0)
  }
  t.equal(expectedFor100(calibration), 100)
})
