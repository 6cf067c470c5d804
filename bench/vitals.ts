import { readdirSync, readlinkSync } from 'node:fs'
import { memoryBytes, nodeChildrenOf } from './process-usage.ts'

/** The resources that a process uses: memory in MB (1,000,000 bytes), and counts. */
export interface Vitals {
  /** Resident memory of the process itself, and of the Node processes that it has started. */
  readonly rss: number
  readonly childRss: number
  /** Used memory of the JavaScript heap, and memory of buffers outside of it. */
  readonly heap: number
  readonly external: number
  /** What keeps the event loop alive, such as sockets, timers and requests. */
  readonly resources: number
  readonly handles: number
  readonly descriptors: number
  readonly children: number
}

const mega = 1e6

/** Reads the vitals of a service from `/proc` and from its metrics. @throws Error on systems without `/proc` */
export async function readVitals(pid: number, metricsUrl: string): Promise<Vitals> {
  const response = await fetch(metricsUrl, { signal: AbortSignal.timeout(30_000) })
  const metrics = await response.text()
  const children = nodeChildrenOf(pid)
  return {
    rss: memoryBytes(pid) / mega,
    childRss: children.reduce((sum, child) => sum + memoryBytes(child), 0) / mega,
    heap: metricOf(metrics, 'nodejs_heap_size_used_bytes') / mega,
    external: metricOf(metrics, 'nodejs_external_memory_bytes') / mega,
    resources: metricOf(metrics, 'nodejs_active_resources_total'),
    handles: metricOf(metrics, 'nodejs_active_handles_total'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    children: children.length,
  }
}

/** The number of open file descriptors of a process by target. The ids of sockets and pipes are left out. */
export function descriptorKinds(pid: number): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>()
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const kind = targetOf(`/proc/${pid}/fd/${fd}`).replace(/\[\d+\]$|[0-9a-z_-]{12,}.*$/i, '')
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  return kinds
}

function metricOf(text: string, name: string): number {
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (.+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
}

/** A descriptor may be closed at any time. */
function targetOf(descriptor: string): string {
  try {
    return readlinkSync(descriptor)
  } catch {
    return 'gone'
  }
}
