import { api } from '../../api.ts'
import { showError, showToast } from '../../components/toast.tsx'
import { countText } from '../../format.ts'
import { titleOf } from '../../imports.ts'

type Entry = Parameters<typeof api.importMany>[0][number]

/** The most bytes of the images in one request: the service accepts bodies of 1 MiB. */
const maxRequestBytes = 1_000_000

/**
 * Lets the service import images in the background. Long addresses need more than one request. Returns the addresses that
 * the service has not accepted.
 */
export async function importInBackground(
  urls: readonly string[],
  tags: readonly string[],
): Promise<readonly string[]> {
  const entries = urls.map(url => ({ url, title: titleOf(url), tags }))
  let accepted = 0
  try {
    for (const images of splitByBytes(entries)) {
      await api.importMany(images)
      accepted += images.length
    }
  } catch (error) {
    showError(error)
    return urls.slice(accepted)
  }
  showToast(`Importing ${countText(accepted, 'image')} in the background`)
  return []
}

function splitByBytes(entries: readonly Entry[]): Entry[][] {
  const encoder = new TextEncoder()
  const groups: Entry[][] = []
  let left = 0
  for (const entry of entries) {
    const bytes = encoder.encode(JSON.stringify(entry)).length + 1
    const group = bytes <= left ? groups.at(-1) : undefined
    left = (group ? left : maxRequestBytes) - bytes
    if (group) group.push(entry)
    else groups.push([entry])
  }
  return groups
}
