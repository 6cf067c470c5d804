import { api } from '../../api.ts'
import { showError, showToast } from '../../components/toast.tsx'
import { bytesText, countText } from '../../format.ts'
import type { Selected } from './use-selection.ts'

/** Downloads the originals of the selected images as a ZIP archive. The browser receives it like any other file. */
export async function downloadArchive({ target }: Selected): Promise<void> {
  try {
    const { path, images, bytes } = await api.download({
      fileName: `images-${new Date().toISOString().slice(0, 10)}.zip`,
      ...('ids' in target ? target : { filter: filterOf(target.query) }),
    })
    const link = document.createElement('a')
    link.href = path
    // with this attribute the browser does not leave the page, which would stop uploads
    link.download = ''
    link.click()
    showToast(`${countText(images, 'image')}, ${bytesText(bytes)}: the download begins`)
  } catch (error) {
    showError(error)
  }
}

/** The filters of a query that have a value. An archive has no order. */
function filterOf(query: object): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(query).filter(([name, value]) => name !== 'sort' && value !== ''))
}
