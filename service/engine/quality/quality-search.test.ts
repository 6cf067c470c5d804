import t from '../../test/support/tap.ts'
import { logBytesAt, qualityAt, qualityScales } from './quality-scale.ts'
import { type QualitySearch, searchQuality } from './quality-search.ts'

const scale = qualityScales.jpg!
const search: QualitySearch = {
  scale,
  range: [1, 100],
  target: [-0.05, 0.05],
  slope: 1,
  maxTrials: 6,
  hasTimeLeft: () => true,
}

/** A simulated image: the excess of its size is `weight` plus `bend` times the usual curve of its format. */
const image = (weight: number, bend: number) => async (quality: number) => ({
  quality,
  excess: weight + bend * logBytesAt(scale, quality),
})

t.test('a quality scale maps quality to bytes and back', async t => {
  for (const [format, one] of Object.entries(qualityScales)) {
    const knots = one.curve.map(([quality]) => quality)
    t.strictSame(
      knots,
      [...knots].sort((a, b) => a - b),
      format,
    )
    for (const quality of [one.range[0], one.start])
      t.ok(Math.abs(qualityAt(one, logBytesAt(one, quality)) - quality) < 1e-9, `${format} ${quality}`)
  }
  t.equal(logBytesAt(scale, 300), -0.29, 'constant beyond the ends')
})

t.test('the search reaches its target in few trials for unusual images', async t => {
  for (const bend of [0.6, 1, 1.6]) {
    for (const aim of [10, 35, 60, 90]) {
      const weight = -bend * logBytesAt(scale, aim)
      const trials = await searchQuality(image(weight, bend), search, scale.start)
      const last = trials.at(-1)!
      // the target may lie between two neighbouring qualities
      const between = Math.min(...trials.map(trial => Math.abs(trial.quality - aim))) <= 1
      t.ok(Math.abs(last.excess) <= 0.05 || between, `${aim} by ${bend}: ${trials.map(one => one.quality)}`)
      t.ok(trials.length <= 5, `${trials.length} trials`)
    }
  }
})

t.test('a good first trial ends the search, and limits hold', async t => {
  t.equal((await searchQuality(image(-logBytesAt(scale, 80), 1), search, 80)).length, 1)
  const never = async (quality: number) => ({ quality, excess: 9 })
  const down = await searchQuality(never, search, 80)
  t.ok(down.length <= 6 && down.at(-1)!.quality === 1, 'ends at the lowest quality')
  const up = await searchQuality(
    async quality => ({ quality, excess: -9 }),
    { ...search, range: [60, 88] },
    80,
  )
  t.equal(up.at(-1)!.quality, 88, 'ends at the highest quality')
  t.equal(
    (await searchQuality(never, { ...search, hasTimeLeft: () => false }, 80)).length,
    1,
    'no time is left',
  )
  const noise = async (quality: number) => ({ quality, excess: quality % 2 ? 9 : -9 })
  t.ok((await searchQuality(noise, search, 80)).length <= 6, 'it ends for a non-monotone function')
})

t.test('known trials are not repeated', async t => {
  const tried: number[] = []
  const attempt = async (quality: number) => {
    tried.push(quality)
    return image(-logBytesAt(scale, 30), 1)(quality)
  }
  const known = [await attempt(80)]
  await searchQuality(attempt, search, 80, known)
  t.ok(new Set(tried).size === tried.length && tried.length <= 3, String(tried))
})
