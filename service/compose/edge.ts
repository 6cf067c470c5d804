import { ConfigError } from '../config.ts'
import { createEdgePurger, type EdgePurger, purgeEdgeJobName } from '../edge/edge-purger.ts'
import { type EdgeTarget, loadEdgeProviders, parseEdgeTargets } from '../edge/edge-targets.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { Infrastructure } from './infrastructure.ts'
import type { Rooms } from './rooms.ts'

/** Purges caches in front of the service. */
export async function composeEdge(
  infrastructure: Infrastructure,
  { metadata, enqueueJob }: Pick<Rooms, 'metadata' | 'enqueueJob'>,
): Promise<EdgePurger> {
  return createEdgePurger({
    targets: await readEdgeTargets(infrastructure),
    calls: metadata.edgeCalls,
    logger: infrastructure.logger,
    enqueue: job => enqueueJob(purgeEdgeJobName, job),
  })
}

/** The configured caches. @throws ConfigError */
async function readEdgeTargets({ config }: Infrastructure): Promise<EdgeTarget[]> {
  const providers = await loadEdgeProviders()
  try {
    return parseEdgeTargets(providers, config.DARKROOM_EDGE_PURGE, config.DARKROOM_EDGE_TOKEN)
  } catch (error) {
    throw new ConfigError([messageOf(error)])
  }
}
