import type { DirectUploadRepository } from '../../metadata/direct-uploads.ts'
import { incomingPrefix } from '../../storage/keys.ts'
import type { ObjectStore } from '../../storage/store.ts'

/** The most objects that are looked up in one query. */
const batchSize = 500

/**
 * Deletes expired direct uploads, then removes every incoming object without a pending upload: a client may have used
 * its URL once more after the upload was completed, cancelled or deleted.
 */
export async function sweepIncoming(
  { rows, store }: { rows: DirectUploadRepository; store: Pick<ObjectStore, 'list' | 'delete'> },
  signal: AbortSignal,
): Promise<void> {
  await rows.sweep()
  let batch: string[] = []
  const removeOrphans = async () => {
    const pending = await rows.filterIncomplete(batch.map(idOf))
    const orphans = batch.filter(key => !pending.has(idOf(key)))
    batch = []
    await store.delete(orphans, signal)
  }
  for await (const key of store.list(incomingPrefix, signal)) {
    batch.push(key)
    if (batch.length === batchSize) await removeOrphans()
  }
  await removeOrphans()
}

const idOf = (key: string) => key.split('/').at(-1) ?? ''
