import type { DirectUploadRepository } from '../../metadata/direct-uploads.ts'
import { incomingPrefix } from '../../storage/keys.ts'
import type { ObjectStore } from '../../storage/store.ts'

/** How many objects are looked up together. */
const together = 500

/**
 * Forgets direct uploads that are over, then removes every staged object that no open upload speaks of: a URL may have been
 * used once more after its upload was complete, given up or forgotten.
 */
export async function sweepIncoming(
  { rows, store }: { rows: DirectUploadRepository; store: Pick<ObjectStore, 'list' | 'delete'> },
  signal: AbortSignal,
): Promise<void> {
  await rows.sweep()
  let page: string[] = []
  const clear = async () => {
    const wanted = await rows.filterIncomplete(page.map(idOf))
    const left = page.filter(key => !wanted.has(idOf(key)))
    page = []
    await store.delete(left, signal)
  }
  for await (const key of store.list(incomingPrefix, signal)) {
    page.push(key)
    if (page.length === together) await clear()
  }
  await clear()
}

const idOf = (key: string) => key.split('/').at(-1) ?? ''
