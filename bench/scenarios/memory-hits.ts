import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hitRows, sentHeaders } from '../hit-report.ts'
import { runPairs } from '../load.ts'
import { fetchOne, keptConnections } from '../requests.ts'
import type { Scenario } from '../scenario.ts'
import { targets } from '../settings.ts'

/** Width in pixels, which makes about 17 kB as a JPEG. */
const width = 360

/** Requests one derivative repeatedly from memory. */
export const memoryHits: Scenario = async (workspace, settings) => {
  const service = await workspace.startService()
  const imageIds = await service.upload(workspace.pictures.slice(0, 1))
  const [path = ''] = await service.sign(imageIds, [{ picture: 0, width }], 'jpg')
  const agent = keptConnections(1)
  await fetchOne(service.origin + path, agent)
  const { headers, body } = await fetchOne(service.origin + path, agent)
  agent.destroy()
  if (headers['darkroom-cache'] !== 'memory') throw new Error('the second request was not a memory hit')

  const file = join(workspace.folder, 'hit.jpg')
  await writeFile(file, body)
  const bare = await workspace.startBareServer({
    headers: sentHeaders(headers),
    files: { [path]: file },
    inMemory: true,
  })
  const { connections, loadSeconds: seconds, loadPairs } = settings
  const load = { connections, seconds, paths: [path] }
  const pairs = await runPairs({ darkroom: service, baseline: bare }, load, loadPairs)
  await Promise.all([service.stop(), bare.stop()])
  return {
    title: `Hits from memory, ${(body.length / 1000).toFixed(1)} kB, compared with bare node:http`,
    rows: hitRows(pairs, targets.memoryHits),
    notes: [],
  }
}
