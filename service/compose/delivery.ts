import { createImageDownloads } from '../delivery/archive/image-downloads.ts'
import { createDelivery } from '../delivery/deliver.ts'
import { createOriginalDelivery } from '../delivery/deliver-original.ts'
import { type DerivativeJob, developJobName, finishJobName } from '../delivery/derivative-job.ts'
import { DerivativeLoader } from '../delivery/derivative-loader.ts'
import { DerivativeWriter, type DerivativeWriterParts } from '../delivery/derivative-writer.ts'
import { createExplain } from '../delivery/explain.ts'
import { FinalOrders } from '../delivery/final-orders.ts'
import { HeavyRenders } from '../delivery/heavy-renders.ts'
import { createImageDirectory } from '../delivery/image-directory.ts'
import { createImageInsights } from '../delivery/image-insights.ts'
import { createLadders } from '../delivery/ladders.ts'
import { ReadyNotices } from '../delivery/ready-notices.ts'
import { createRenderWorker } from '../delivery/render-worker.ts'
import { createResolve } from '../delivery/resolve.ts'
import { createSigner } from '../delivery/signing.ts'
import { Sources } from '../delivery/sources.ts'
import { finalJobOf, Standins } from '../delivery/standins.ts'
import { ImageLists } from '../metadata/image-lists.ts'
import { derivativeBudgetOf } from '../storage/config.ts'
import { derivativePrefixes } from '../storage/keys.ts'
import { createDerivativeUseRecorder } from '../usage/derivative-use-recorder.ts'
import { type Infrastructure, mebibyte } from './infrastructure.ts'
import type { Services } from './services.ts'

/** How long closing waits for finished derivatives to be stored, in milliseconds. */
const writeMs = 10_000

type DeliveryRooms = Pick<
  Services,
  | 'metadata'
  | 'changes'
  | 'operations'
  | 'engine'
  | 'cache'
  | 'usage'
  | 'metrics'
  | 'access'
  | 'webhooks'
  | 'ingestScheduler'
  | 'enqueueJob'
  | 'publicUrl'
>

export type Delivery = ReturnType<typeof composeDelivery>

/** How image URLs are answered, signed and explained, and how derivatives are rendered for them. */
export function composeDelivery(infrastructure: Infrastructure, rooms: DeliveryRooms) {
  const { logger, store, config, closers, siblings } = infrastructure
  const { metadata, operations, engine, cache, usage, metrics, access, webhooks, publicUrl } = rooms
  const { images, derivatives, strays, users, signingKeys } = metadata
  const { developmentQuota, policyStore: policies, presetStore: presets } = access
  const rendering = composeRendering(infrastructure, rooms)
  const { directory } = rendering
  const derivativeUses = createDerivativeUseRecorder(metadata.derivativeUses)
  closers.push(() => derivativeUses.close())
  const parts = {
    ...rendering,
    ...{ operations, engine, cache, usage, metrics, store, logger },
    ...{ images, derivatives, strays, users, signingKeys },
    ...{ developmentQuota, policies, publicUrl, events: webhooks.events },
    ...{ maxWaitMs: config.DARKROOM_QUEUE_WAIT_MS, claims: siblings?.claims },
  }
  const deliver = createDelivery({
    ...{ ...parts, derivativeUses, loader: new DerivativeLoader(parts) },
    hasBudget: derivativeBudgetOf(config) !== undefined,
  })
  const deliverOriginal = createOriginalDelivery({ directory, store, images })
  const archives = { downloads: metadata.imageDownloads, lists: new ImageLists(infrastructure.lists) }
  return {
    ...rendering,
    derivativeUses,
    deliver,
    deliverOriginal,
    imageDownloads: createImageDownloads({ ...parts, ...archives, presets, deliver, deliverOriginal }),
    explain: createExplain(parts),
    signer: createSigner(parts),
    renderWorker: createRenderWorker(parts),
  }
}

/** The parts that render derivatives, here or in a worker, and store them. */
function composeRendering(infrastructure: Infrastructure, rooms: DeliveryRooms) {
  const { config, logger, store, queue, closers } = infrastructure
  const { metadata, changes, operations, engine, cache, access, ingestScheduler, enqueueJob, metrics } = rooms
  const { images, ingestResults, derivatives, strays, failedJobs } = metadata
  const directory = createImageDirectory(images, changes, (userId, imageId) =>
    cache.evict(derivativePrefixes(userId, imageId)),
  )
  const sources = new Sources({
    store,
    images,
    ingestResults,
    engine,
    maxBytes: config.DARKROOM_SOURCE_CACHE_MB * mebibyte,
  })
  metrics.watch('darkroom_source_memory_bytes', () => sources.bytes)
  const finals = composeFinals(infrastructure, rooms)
  const standins = new Standins({ cache, derivatives, finals })
  const derivativeWriter = composeDerivativeWriter({ store, derivatives, strays, logger }, finals)
  closers.push(() => derivativeWriter.close(writeMs))
  const shared = { store, images, ingestResults, directory, sources, engine, logger }
  const readyNotices = new ReadyNotices(queue, key => cache.expireStandin(key))
  closers.push(async () => readyNotices.close())
  const insights = createImageInsights({ ...shared, maxWaitMs: config.DARKROOM_QUEUE_WAIT_MS })
  closers.push(() => sources.settled())
  closers.push(() => insights.close())
  const { authorize } = access
  return {
    directory,
    sources,
    finals,
    standins,
    derivativeWriter,
    readyNotices,
    insights,
    resolve: createResolve({ operations, authorize, directory, insights }),
    ladders: createLadders({
      ...shared,
      onMissing: ingestScheduler.enqueueIngest,
      onOverdue: ingestScheduler.enqueueRequested,
    }),
    heavy: new HeavyRenders({
      dispatch: (job: DerivativeJob, options) => enqueueJob(developJobName, job, options),
      readyNotices,
      failedJobs,
      cache,
      standins,
      engine,
      costMs: config.DARKROOM_HEAVY_COST_MS,
      waitMs: config.DARKROOM_HEAVY_WAIT_MS,
    }),
  }
}

/** Which stand-ins are replaced by their finals, and in which order. */
function composeFinals(
  { config, logger, queue, closers }: Infrastructure,
  { metadata, metrics, enqueueJob }: Pick<DeliveryRooms, 'metadata' | 'metrics' | 'enqueueJob'>,
): FinalOrders {
  const finals = new FinalOrders({
    failedJobs: metadata.failedJobs,
    dispatch: job => enqueueJob(finishJobName, job),
    countQueued: () => queue.countPending(finishJobName),
    minRequests: config.DARKROOM_FINAL_REQUESTS,
    logger,
  })
  closers.push(() => finals.close())
  metrics.watch('darkroom_finals_waiting', () => finals.waiting)
  return finals
}

function composeDerivativeWriter(parts: Omit<DerivativeWriterParts, 'onStored'>, finals: FinalOrders) {
  return new DerivativeWriter({
    ...parts,
    onStored({ key, variant }, { userId, imageId, fileName: file, version = null }) {
      if (variant === 'standin')
        finals.noteStored(finalJobOf({ image: { userId, imageId }, file, version, key }))
    },
  })
}
