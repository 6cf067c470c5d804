import { mkdir, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import t, { allowAnyDuration } from '../support/tap.ts'
import { attackService } from './front-door.ts'
import { readGrown, readMutated } from './parsers.ts'
import { Random } from './random.ts'
import { drawSeeds } from './seeds.ts'
import { Tally } from './tally.ts'
import { checkTexts, textTargets } from './texts.ts'

/** How long each of the two levels takes, in seconds. */
const seconds = Number(process.env.FUZZ_SECONDS ?? '300')
/** The seed of the first round. Each round adds one, so the seed of a finding repeats its round at once. */
const firstSeed = Number(process.env.FUZZ_SEED ?? Date.now() % 1e9)
const reports = resolve('dist/fuzz')

allowAnyDuration()
await mkdir(reports, { recursive: true })

/** One of the levels, `parsers` or `service`; both without it. */
const level = process.env.FUZZ_LEVEL

t.test(
  'parsers refuse generated inputs with errors of the catalogue, in linear time',
  { skip: level === 'service' },
  async t => {
    const seeds = await drawSeeds()
    const tally = new Tally()
    const deadline = performance.now() + seconds * 1000
    let rounds = 0
    for (; rounds === 0 || performance.now() < deadline; rounds++) {
      const seed = firstSeed + rounds
      const random = new Random(seed)
      const kind = random.below(8)
      if (kind < 4) await readMutated(random, seeds, tally, seed)
      else if (kind < 5) await readGrown(random, seeds, tally, seed)
      else checkTexts(random.pick(textTargets), seed, 200, tally)
    }
    const report = `${tally.print()}\n${rounds} rounds from FUZZ_SEED=${firstSeed}, ${Math.round(process.resourceUsage().maxRSS / 1024)} MB at most\n`
    console.error(report)
    await writeFile(resolve(reports, 'parsers.txt'), report)
    t.strictSame(tally.findings, [])
  },
)

t.test(
  'a service survives generated requests, and another user does not notice',
  { skip: level === 'parsers' },
  async t => {
    const tally = await attackService(t, firstSeed, seconds)
    const report = `${tally.print()}\nfrom FUZZ_SEED=${firstSeed}\n`
    console.error(report)
    await writeFile(resolve(reports, 'service.txt'), report)
    t.strictSame(tally.findings, [])
  },
)
