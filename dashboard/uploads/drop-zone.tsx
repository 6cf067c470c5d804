import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../../components/icon.tsx'
import { upload } from '../../uploads.ts'

/** Uploads files that are dropped anywhere on the page, or pasted. */
export function DropZone() {
  const [over, setOver] = useState(false)
  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    // a child's dragenter fires before its parent's dragleave, so count both
    let depth = 0
    const updateDepth = (change: number) => {
      depth = Math.max(0, depth + change)
      setOver(depth > 0)
    }
    addEventListener('dragenter', event => hasFiles(event) && updateDepth(1), { signal })
    addEventListener('dragleave', event => hasFiles(event) && updateDepth(-1), { signal })
    addEventListener('dragover', event => hasFiles(event) && event.preventDefault(), { signal })
    addEventListener(
      'drop',
      event => {
        if (!hasFiles(event)) return
        event.preventDefault()
        updateDepth(-depth)
        upload(event.dataTransfer?.files ?? [])
      },
      { signal },
    )
    addEventListener('paste', event => upload(event.clipboardData?.files ?? []), { signal })
    return () => controller.abort()
  }, [])
  if (!over) return null
  return (
    <div class="drop-here">
      <Icon name="upload" size={48} />
      <p>Drop to upload</p>
    </div>
  )
}

const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') === true
