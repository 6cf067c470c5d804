import { statfs } from 'node:fs/promises'
import { libvipsLoad } from '../engine/sources/libvips.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Infrastructure } from './infrastructure.ts'

/** How long the state of the file system is used, in milliseconds: one scrape asks for it twice. */
const freshMs = 1_000

/** Registers the metrics of the process and of its machine that prom-client does not have. */
export function watchProcess(
  { stagingDirectory, database }: Pick<Infrastructure, 'stagingDirectory' | 'database'>,
  metrics: Metrics,
): void {
  metrics.watchEach('darkroom_process_memory_bytes', async () => {
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage()
    const heap = { heap_total: heapTotal, heap_used: heapUsed, external, array_buffers: arrayBuffers }
    return { rss, ...heap, libvips: libvipsLoad().bytes }
  })
  metrics.watchEach('darkroom_database_connections', async () => ({ ...database.connections }))
  let disk: { readonly at: number; readonly bytes: Promise<{ size: number; free: number }> } | undefined
  const readDisk = () => {
    if (disk === undefined || Date.now() - disk.at > freshMs) {
      const bytes = statfs(stagingDirectory).then(({ blocks, bavail, bsize }) => ({
        ...{ size: blocks * bsize, free: bavail * bsize },
      }))
      disk = { at: Date.now(), bytes }
    }
    return disk.bytes
  }
  metrics.watchLater('darkroom_disk_bytes', async () => (await readDisk()).size)
  metrics.watchLater('darkroom_disk_free_bytes', async () => (await readDisk()).free)
}
