import { type Answer, fetchOne, forEach, keptConnections } from '../requests.ts'
import type { Row, Scenario } from '../scenario.ts'
import { median } from '../stats.ts'

/** Width in pixels, and a slow format, so that all requests arrive before the render ends. */
const width = 1400
const format = 'avif'

/** Sends many concurrent requests for one cold derivative, which one render must serve. */
export const coalescing: Scenario = async (workspace, { crowd, crowdRounds }) => {
  const service = await workspace.startService()
  const imageIds = await service.upload(workspace.pictures.slice(0, 1))
  const jobs = Array.from({ length: 2 * crowdRounds }, (_, index) => ({ picture: 0, width: width + index }))
  const paths = await service.sign(imageIds, jobs, format)
  const agent = keptConnections(crowd)
  const ask = (count: number, path = '') =>
    forEach(Array.from({ length: count }), count, () => fetchOne(service.origin + path, agent))
  // opens the connections
  await ask(crowd, '/healthz')

  const alone: number[] = []
  const together: number[] = []
  const shared: number[] = []
  for (let round = 0; round < crowdRounds; round++) {
    alone.push(slowest(await ask(1, paths[2 * round])))
    const answers = await ask(crowd, paths[2 * round + 1])
    together.push(slowest(answers))
    shared.push(count(answers, 'shared'))
    const misses = count(answers, 'miss')
    if (misses !== 1) throw new Error(`one derivative was rendered ${misses} times`)
  }
  agent.destroy()
  await service.stop()
  const rows: Row[] = [
    { what: `ms for ${crowd} at once (baseline: one)`, darkroom: median(together), baseline: median(alone) },
    { what: 'renders for all of them', darkroom: 1, baseline: 1 },
    { what: 'responses that shared the render', darkroom: median(shared) },
  ]
  return { title: `Coalescing: ${crowd} concurrent requests for one cold ${format}`, rows, notes: [] }
}

const slowest = (answers: readonly Answer[]) => Math.max(...answers.map(({ ms }) => ms))

const count = (answers: readonly Answer[], tier: string) =>
  answers.filter(({ headers }) => headers['darkroom-cache'] === tier).length
