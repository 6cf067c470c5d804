import type { Derivative, Variant } from '../cache/memory-tier.ts'
import type { TieredCache } from '../cache/tiered-cache.ts'
import type { RenderedImage } from '../engine/encode/output.ts'
import type { Engine } from '../engine/engine.ts'
import type { NewDerivative } from '../metadata/derivatives.ts'
import { contentTypeOf, type OutputFormat } from '../plan/formats.ts'
import type { Plan } from '../plan/plan.ts'
import { planStandin } from '../plan/standin.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { traced } from '../telemetry/tracing.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'
import { dependsOnFocalPoint } from './focal-point.ts'
import type { ImageInsights } from './image-insights.ts'
import { type ImageWithOverlays, readSources } from './image-with-overlays.ts'
import { renderInfo } from './info.ts'
import type { Ladders } from './ladders.ts'
import type { Resolution } from './resolve.ts'
import type { Sources } from './sources.ts'

export interface RenderParts {
  readonly insights: ImageInsights
  readonly sources: Sources
  readonly engine: Engine
  readonly ladders: Ladders
  readonly cache: TieredCache
  readonly metrics: Metrics
  readonly usage: Pick<UsageRecorder, 'countRender'>
}

/** When a render is given up. */
export interface RenderPatience {
  readonly signal: AbortSignal
  /** How long the render may wait for a slot, in milliseconds; absent for a job, which waits without a limit. */
  readonly maxWaitMs?: number
}

/** A derivative to render. */
export interface RenderRequest {
  readonly image: ImageWithOverlays
  readonly format: OutputFormat | 'json'
  /** Undefined for `info`, which renders no pixels; of a derivative that gets a stand-in first, the stand-in's plan. */
  readonly plan: Plan | undefined
  /** The plan that replaces the stand-in; undefined when `plan` gives the final bytes. */
  readonly final: Plan | undefined
  /** The canonical file name. */
  readonly file: string
  /** Names the originals in the object key; null when none was replaced. */
  readonly version: string | null
  /** The object key. */
  readonly key: string
  /** The presets that the URL named. */
  readonly presets: readonly string[]
}

/** How a resolved URL is rendered: with a stand-in first where its encoding is expensive. */
export function toRenderRequest(resolution: Resolution): RenderRequest {
  const { image, format, plan, file, version, key, presets } = resolution
  const plans = plan && planStandin(plan)
  return { image, format, plan: plans?.standin ?? plan, final: plans?.final, file, version, key, presets }
}

/** A derivative that was just rendered: it is in memory, and not stored yet. */
export interface RenderResult {
  readonly derivative: Derivative
  /** The row to insert for it. */
  readonly row: NewDerivative
  /** In milliseconds; `develop` is the time of the rendering itself. */
  readonly timings: { readonly source: number; readonly queue: number; readonly develop: number }
}

/**
 * Renders a derivative into memory and counts the work.
 * @throws DarkroomError of the engine, the sources or the insights
 */
export async function renderDerivative(
  parts: RenderParts,
  request: RenderRequest,
  patience: RenderPatience,
): Promise<RenderResult> {
  const { image, key, format } = request
  const startedAt = performance.now()
  const rendered = await traced(
    () => ({ name: 'develop', attributes: attributesOf(request) }),
    () => renderBytes(parts, request, patience),
  )
  const { data, waits } = rendered
  const renderMs = performance.now() - startedAt - waits.source - waits.queue
  parts.metrics.countRender(format, renderMs, waits.queue)
  parts.usage.countRender(image.userId, renderMs)
  const variant: Variant = request.final ? 'standin' : 'final'
  const derivative = parts.cache.putInMemory({ key, data, contentType: contentTypeOf(format), variant })
  const row = toRow(request, rendered, derivative, renderMs)
  return { derivative, row, timings: { ...waits, develop: renderMs } }
}

const attributesOf = ({ format, plan, final, file }: RenderRequest) => ({
  ...{ 'darkroom.format': format, 'darkroom.file': file, 'darkroom.standin': final !== undefined },
  ...(plan && { 'darkroom.expected_ms': Math.round(plan.costMs) }),
})

function toRow(
  { image, format, file, version, presets }: RenderRequest,
  { data, width, height }: RenderedImage,
  { etag, variant }: Derivative,
  renderMs: number,
): NewDerivative {
  return {
    userId: image.userId,
    imageId: image.imageId,
    fileName: file,
    format,
    width,
    height,
    bytes: data.length,
    etag,
    variant,
    costMs: Math.round(renderMs),
    version,
    imageVersion: image.version,
    overlayIds: [...image.overlays.keys()],
    overlayVersions: [...image.overlays.values()].map(overlay => overlay.version),
    presets,
    ...(dependsOnFocalPoint(file) ? { focal: image.focal } : {}),
  }
}

/** The names of sources in metrics. */
const sourceNames = { original: 'original', rung: 'rung', sharedCopy: 'shared-copy' } as const

/** Rendered bytes, and the milliseconds spent waiting for sources and for a slot of the engine. */
interface RenderedBytes extends RenderedImage {
  readonly waits: { readonly source: number; readonly queue: number }
}

async function renderBytes(
  { insights, sources, engine, ladders, metrics }: RenderParts,
  { image, plan }: RenderRequest,
  patience: RenderPatience,
): Promise<RenderedBytes> {
  const { signal } = patience
  if (plan === undefined) {
    const { width, height } = image.facts
    const data = renderInfo(image, await insights.get(image, signal))
    return { data, width, height, waits: { source: 0, queue: 0 } }
  }
  let source = 0
  const shared = withSharedCopy(sources, image, plan)
  const read = async () => {
    const startedAt = performance.now()
    const input = await readSources(sources, image, shared, signal)
    source = performance.now() - startedAt
    ladders.noteRead(image, shared, input)
    metrics.countSource(sourceNames[input.pixelsOf ?? 'original'])
    return input
  }
  const { queuedMs, ...rendered } = await engine.render(read, shared, { tenant: image.userId, ...patience })
  return { ...rendered, waits: { source, queue: queuedMs } }
}

/** The plan for this moment: it costs less while others want the copy too, and otherwise reads the original. */
function withSharedCopy(sources: Sources, image: ImageWithOverlays, plan: Plan): Plan {
  const { sharedCopy, ...others } = plan
  if (sharedCopy === undefined) return plan
  if (!sources.joinCopy(image, sharedCopy)) return others
  return { ...plan, costMs: plan.costMs - sharedCopy.savedMs }
}
