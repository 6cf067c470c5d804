import { readFile } from 'node:fs/promises'
import { readReport } from '../../../bench/capacity/costs.ts'
import { costTable, pageFile } from '../../../bench/capacity/page.ts'
import { simulate, type Terms } from '../../../bench/capacity/simulate.ts'
import { drawTrace, type Site } from '../../../bench/capacity/site.ts'
import { SimulatedMemory, SimulatedStore } from '../../../bench/capacity/tiers.ts'
import { ZipfSampler, zipfShares } from '../../../bench/capacity/zipf.ts'
import { createRandom } from '../../../bench/random.ts'
import { MemoryTier } from '../../cache/memory-tier.ts'
import t from '../support/tap.ts'

const site: Site = {
  ...{ requestsPerDay: 5_000, users: 3, images: 100, newImagesPerDay: 10, derivativesPerImage: 8 },
  ...{ derivativeKb: 4, originalMb: 1, expensiveShare: 0.5, userExponent: 1, imageExponent: 1 },
  ...{ derivativeExponent: 1, freshShare: 0.2, freshDays: 2, peak: 1.8 },
}
const terms: Terms = {
  ...{ processes: 1, memoryBytes: 100_000, routing: 'hash', finalRequests: 2, finalShare: 0.9, scale: 1 },
  warmUpSeconds: 0,
}

t.test('ranks are sampled with the frequencies of the law of Zipf', async t => {
  for (const exponent of [0.7, 1, 1.3]) {
    const sampler = new ZipfSampler(50, exponent)
    const random = createRandom(1)
    const counts = new Array(51).fill(0)
    const samples = 40_000
    for (let sample = 0; sample < samples; sample++) counts[sampler.sample(random)]++
    t.equal(counts[0], 0)
    for (const [index, share] of zipfShares(50, exponent).entries()) {
      // six standard deviations
      const tolerance = 6 * Math.sqrt(samples * share * (1 - share))
      t.ok(Math.abs(counts[index + 1] - samples * share) < tolerance, `rank ${index + 1} of ${exponent}`)
    }
  }
})

t.test('the simulated memory tier hits and evicts as the real one', async t => {
  const maxBytes = 60_000
  const real = new MemoryTier({ maxBytes })
  const simulated = new SimulatedMemory(maxBytes)
  let hits = 0
  for (const { key, bytes, second } of drawTrace({ ...site, expensiveShare: 0 }, 1).requests) {
    const name = String(key).padStart(60, '0')
    const isHit = real.get(name) !== undefined
    if (isHit) hits++
    if (isHit !== (simulated.get(key, second) !== undefined)) return t.fail(`request at ${second} of ${key}`)
    if (isHit) continue
    const data = Buffer.allocUnsafe(bytes)
    real.set({ key: name, data, contentType: 'image/jpeg', etag: '""', variant: 'final' })
    simulated.set(key, { bytes, isFinal: true }, second)
  }
  t.ok(hits > 200 && hits < 4_500, `${hits} of 5000 requests hit`)
})

t.test('a store above its budget removes what was not used for the most days', async t => {
  const variants = Array.from({ length: 10 }, (_, key) => ({ key, image: key, isExpensive: false }))
  const stored = variants.map(each => ({ ...each, bytes: 100, lastDay: -each.key }))
  const store = new SimulatedStore(stored, 500)
  t.equal(store.bytes, 400, 'down to 90 % of the budget')
  t.strictSame(
    variants.filter(({ key }) => store.read(key)).map(({ key }) => key),
    [0, 1, 2, 3],
  )
})

t.test('a simulated day is reproducible, and each request has one result', async t => {
  const counts = simulate(drawTrace(site, 1), terms)
  t.strictSame(simulate(drawTrace(site, 1), terms), counts)
  const { memory, store, shared, rendered, standins, origin, requests, finals } = counts
  t.equal(requests, 5_000)
  t.equal(memory + store + shared + rendered + standins, origin)
  t.ok(finals > 0 && finals <= standins, `${finals} finals of ${standins} stand-ins`)
})

t.test('a CDN leaves fewer requests, and hashing by path more hits from memory', async t => {
  const trace = drawTrace(site, 1)
  const edge = { locations: 3, hours: 24, shield: false }
  const alone = simulate(trace, terms)
  const behind = simulate(trace, { ...terms, edge })
  t.equal(behind.requests - behind.edge < alone.origin, true)
  t.ok(simulate(trace, { ...terms, edge: { ...edge, shield: true } }).origin < behind.origin, 'shield')
  const several = { ...terms, processes: 4, memoryBytes: 25_000 }
  const hashed = simulate(trace, several).memory
  t.ok(simulate(trace, { ...several, routing: 'random' }).memory < hashed)
})

t.test('docs/capacity.md has the costs of the report', async t => {
  const { costs } = await readReport()
  t.ok(
    (await readFile(pageFile, 'utf8')).includes(costTable(costs)),
    'npm run capacity -- --report writes it',
  )
})
