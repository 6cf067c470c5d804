import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../components/icon.tsx'
import { showError, showToast } from '../components/toast.tsx'
import { countText } from '../format.ts'
import { droppedItems, filesOf } from './collect-files.ts'
import { upload, uploadBatches } from './queue.ts'
import { uploadFolder } from './upload-folder.ts'

/** Uploads files and folders that are dropped anywhere on the page, and pasted images. */
export function DropZone() {
  const [over, setOver] = useState(false)
  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    // a child's dragenter fires before its parent's dragleave, so count both
    let depth = 0
    const updateDepth = (change: number) => {
      depth = Math.max(0, depth + change)
      setOver(depth > 0 && !isDialogOpen())
    }
    addEventListener('dragenter', event => hasFiles(event) && updateDepth(1), { signal })
    addEventListener('dragleave', event => hasFiles(event) && updateDepth(-1), { signal })
    // always prevented: the browser would leave the application and open the file
    addEventListener('dragover', event => hasFiles(event) && event.preventDefault(), { signal })
    addEventListener(
      'drop',
      event => {
        if (!hasFiles(event)) return
        updateDepth(-depth)
        if (!event.defaultPrevented && !isDialogOpen()) uploadDropped(event.dataTransfer)
        event.preventDefault()
      },
      { signal },
    )
    addEventListener('paste', uploadPasted, { signal })
    return () => controller.abort()
  }, [])
  if (!over) return null
  const folder = uploadFolder()
  return (
    <div class="drop-here">
      <Icon name="upload" size={48} />
      <p>Drop images or folders to upload{folder && ` to ${folder}`}</p>
    </div>
  )
}

const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') === true
const isDialogOpen = () => document.querySelector('dialog[open]') !== null

async function uploadDropped(transfer: DataTransfer | null): Promise<void> {
  const dropped = transfer ? droppedItems(transfer) : []
  // the user may open another folder while a large one is read
  const folder = uploadFolder()
  try {
    const count = await uploadBatches(filesOf(dropped), folder)
    if (count === undefined) return
    if (count === 0) showToast('The folder contains no files')
    // the rows of a large folder are out of sight
    else if (dropped.length < count) showToast(`${countText(count, 'file')} found`)
  } catch (error) {
    showError(error)
  }
}

/** The name that browsers give to a copied image. Files that are copied have their own. */
const nameOfCopiedImage = 'image.png'

function uploadPasted(event: ClipboardEvent): void {
  const files = [...(event.clipboardData?.files ?? [])]
  // a cell of a spreadsheet is pasted as a text and an image
  if (files.length === 0 || isEditable(event.target) || isDialogOpen()) return
  event.preventDefault()
  upload(files.map(withOwnName), uploadFolder()).catch(showError)
}

function withOwnName(file: File): File {
  if (file.name !== nameOfCopiedImage) return file
  const time = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString()
  const name = `Pasted ${time.slice(0, 10)} ${time.slice(11, 19).replaceAll(':', '.')}.png`
  return new File([file], name, { type: file.type })
}

const isEditable = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea)$/i.test(target.tagName))
