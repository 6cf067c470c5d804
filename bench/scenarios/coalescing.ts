import { fetchOne, forEach, keptConnections } from '../requests.ts'
import type { Row, Scenario } from '../scenario.ts'
import { median } from '../stats.ts'

/** Pixels wide, of a slow format: the crowd must arrive before the development ends. */
const width = 1400
const format = 'avif'

/** Many requests for one cold derivative at the same time: one development must serve them all. */
export const coalescing: Scenario = async (workspace, { crowd, crowdRounds }) => {
  const service = await workspace.startService()
  const imageIds = await service.upload(workspace.pictures.slice(0, 1))
  const jobs = Array.from({ length: 2 * crowdRounds }, (_, index) => ({ picture: 0, width: width + index }))
  const paths = await service.sign(imageIds, jobs, format)
  const agent = keptConnections(crowd)
  const everyone = Array.from({ length: crowd }, (_, index) => index)
  await forEach(everyone, crowd, () => fetchOne(`${service.origin}/healthz`, agent))

  const alone: number[] = []
  const together: number[] = []
  const tiers: Record<string, number> = {}
  for (let round = 0; round < crowdRounds; round++) {
    alone.push((await fetchOne(service.origin + paths[2 * round], agent)).ms)
    const begun = performance.now()
    const answers = await forEach(everyone, crowd, () =>
      fetchOne(service.origin + paths[2 * round + 1], agent),
    )
    together.push(performance.now() - begun)
    for (const { headers } of answers) {
      const tier = String(headers['darkroom-cache'])
      tiers[tier] = (tiers[tier] ?? 0) + 1
    }
  }
  agent.destroy()
  await service.stop()
  const { miss = 0, shared = 0 } = tiers
  if (miss !== crowdRounds) throw new Error(`${miss} developments for ${crowdRounds} derivatives`)
  const rows: Row[] = [
    { what: `ms for ${crowd} requests, and for one`, darkroom: median(together), baseline: median(alone) },
    { what: 'developments for one derivative', darkroom: miss / crowdRounds, baseline: 1 },
    { what: 'answers shared with it', darkroom: shared / crowdRounds },
  ]
  return { title: `Coalescing: ${crowd} requests at once for one cold ${format}`, rows, notes: [] }
}
