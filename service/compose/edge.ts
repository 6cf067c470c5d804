import { createEdgePurger, type EdgePurger, purgeEdgeJobName } from '../edge/edge-purger.ts'
import { loadEdgeProviders, parseEdgeTargets } from '../edge/edge-targets.ts'
import type { Foundation } from './foundation.ts'
import type { Infrastructure } from './infrastructure.ts'

/** Purges caches in front of the service. */
export async function composeEdge(
  infrastructure: Infrastructure,
  { metadata, metrics, enqueueJob }: Pick<Foundation, 'metadata' | 'metrics' | 'enqueueJob'>,
): Promise<EdgePurger> {
  const { config, logger } = infrastructure
  const providers = await loadEdgeProviders()
  return createEdgePurger({
    targets: parseEdgeTargets(providers, config.DARKROOM_EDGE_PURGE, config.DARKROOM_EDGE_TOKEN),
    calls: metadata.edgeCalls,
    logger,
    onSent: (provider, outcome) => metrics.count('darkroom_edge_purges_total', { provider, outcome }),
    enqueue: job => enqueueJob(purgeEdgeJobName, job),
  })
}
