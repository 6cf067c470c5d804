import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Image } from '../../api-types.ts'
import { Confirm } from '../../components/dialog.tsx'
import { Menu, type MenuItem } from '../../components/menu.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { ofVersion } from '../../image-version.ts'
import { navigate } from '../../location.ts'
import { sameOriginPath } from '../../same-origin-path.ts'
import { editKeptList, libraryPath } from '../library/place.ts'
import type { OnChange } from './changes.ts'
import { CopyUrl } from './copy-url.tsx'
import { forgetDraft } from './drafts.ts'
import { isSigned } from './original.ts'
import { ReplaceDialog } from './replace-dialog.tsx'

interface ActionsProps {
  readonly image: Image
  readonly onChange: OnChange
}

/** What users do with an image: copy its URL, open it in the playground, and less often the rest. */
export function Actions({ image, onChange }: ActionsProps) {
  const [dialog, setDialog] = useState<'replace' | 'delete' | undefined>(undefined)
  const close = () => setDialog(undefined)
  const items: MenuItem[] = [
    ...originalItems(image),
    { label: 'Replace original', icon: 'upload', onChoose: () => setDialog('replace') },
    { label: 'Delete', icon: 'trash', onChoose: () => setDialog('delete') },
  ]
  return (
    <>
      <CopyUrl image={image} />
      <a class="button" href={`/playground/${image.id}`}>
        Open in playground
      </a>
      <Menu button={{ icon: 'more', label: 'More actions' }} items={items} />
      {dialog === 'replace' && <ReplaceDialog image={image} onChange={onChange} onClose={close} />}
      {dialog === 'delete' && <DeleteDialog image={image} onClose={close} />}
    </>
  )
}

/** Links to the original, unless the user may not fetch it. */
function originalItems(image: Image): MenuItem[] {
  const { rawUrl, id, fileName } = image
  if (!isSigned(rawUrl)) return []
  const path = ofVersion(sameOriginPath(rawUrl), image)
  return [
    { label: 'View original', icon: 'external', onChoose: () => open(path, '_blank', 'noreferrer') },
    { label: 'Download original', icon: 'import', onChoose: () => download(path, fileName ?? id) },
  ]
}

function download(path: string, name: string): void {
  const link = document.createElement('a')
  link.href = path
  link.download = name
  link.click()
}

function DeleteDialog({ image, onClose }: { image: Image; onClose: () => void }) {
  const [busy, setBusy] = useState(false)
  const remove = async () => {
    setBusy(true)
    try {
      await api.deleteImage(image.id)
      forgetDraft(image.id)
      editKeptList(images => images.filter(({ id }) => id !== image.id))
      showToast('Image deleted')
      navigate(libraryPath())
    } catch (error) {
      showError(error)
      setBusy(false)
    }
  }
  return (
    <Confirm title="Delete this image?" action="Delete" busy={busy} onConfirm={remove} onClose={onClose}>
      Its URLs stop working and all derivatives are deleted. The original is kept under Deleted for seven days
      and can be restored until then.
    </Confirm>
  )
}
