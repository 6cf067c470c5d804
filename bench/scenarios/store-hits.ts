import { hitRows, sentHeaders } from '../hit-report.ts'
import { allJobs } from '../jobs.ts'
import { runPairs } from '../load.ts'
import { createRandom, shuffled } from '../random.ts'
import { fetchOne, forEach, keptConnections } from '../requests.ts'
import type { Scenario } from '../scenario.ts'
import { targets } from '../settings.ts'

/** Memory cache in MiB, negligible compared with the requested derivatives. */
const memory = { DARKROOM_MEMORY_CACHE_MB: '1' }

/** Requests many derivatives in turn from the store: a new process with almost no memory cache. */
export const storeHits: Scenario = async (workspace, settings) => {
  const { connections, loadSeconds: seconds, loadPairs, storedDerivatives } = settings
  const jobs = shuffled(allJobs(workspace.pictures.length), createRandom(2)).slice(0, storedDerivatives)
  const renderer = await workspace.startService()
  const imageIds = await renderer.upload(workspace.pictures)
  const paths = await renderer.sign(imageIds, jobs, 'jpg')
  const agent = keptConnections(8)
  await forEach(paths, 8, path => fetchOne(renderer.origin + path, agent))
  await renderer.stop()

  const service = await workspace.startService(memory)
  const [first = ''] = paths
  const { headers } = await fetchOne(service.origin + first, agent)
  agent.destroy()
  if (headers['darkroom-cache'] !== 'store') throw new Error('the first request was not a hit from the store')

  const stored = await workspace.storedFiles()
  const files = Object.fromEntries(paths.map(path => [path, stored.get(path.replace(/\?.*/, '')) ?? '']))
  const bare = await workspace.startBareServer({ headers: sentHeaders(headers), files, inMemory: false })
  const load = { connections, seconds, paths }
  const pairs = await runPairs({ darkroom: service, baseline: bare }, load, loadPairs)
  await Promise.all([service.stop(), bare.stop()])
  return {
    title: `Hits from the store, ${paths.length} JPEGs in files, compared with node:http and fs.readFile`,
    rows: hitRows(pairs, targets.storeHits),
    notes: [],
  }
}
