import './image.css'
import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Failure, Spinner } from '../../components/state.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { navigate } from '../../location.ts'
import { sameOriginPath } from '../../same-origin-path.ts'
import { PageHead } from '../../shell.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { Derivatives } from './derivatives.tsx'
import { FileDetails, PixelDetails } from './details.tsx'
import { FocalPointEditor } from './focal-point-editor.tsx'
import { Labels } from './labels.tsx'

/** The page of one image: focal point, title and tags, file facts, derivatives and actions. */
export function ImageView({ id }: { id: string }) {
  const [loaded, retry, setImage] = useLoaded(signal => api.image(id, signal), [id])
  if (loaded.state !== 'loaded') {
    return (
      <>
        <PageHead title="Image" />
        {loaded.state === 'waiting' ? <Spinner /> : <Failure error={loaded.error} onRetry={retry} />}
      </>
    )
  }
  const image = loaded.value
  return (
    <>
      <PageHead title={image.title || 'Untitled'}>
        <Actions image={image} />
      </PageHead>
      <div class="image-page">
        <FocalPointEditor image={image} onChange={setImage} />
        <div>
          <Labels key={image.id} image={image} onChange={setImage} />
          <FileDetails image={image} />
          <PixelDetails image={image} />
          <Derivatives image={image} />
        </div>
      </div>
    </>
  )
}

/** Whether a URL has a signature. The original's has none if the user may use presets only. */
const isSigned = (url: string) => /[?&]s=/.test(url)

function Actions({ image }: { image: Image }) {
  const [confirming, setConfirming] = useState(false)
  const [busy, setBusy] = useState(false)
  const remove = async () => {
    setBusy(true)
    try {
      await api.deleteImage(image.id)
      showToast('Image deleted')
      navigate('/')
    } catch (error) {
      showError(error)
      setBusy(false)
    }
  }
  return (
    <>
      {isSigned(image.rawUrl) && (
        <a class="button" href={sameOriginPath(image.rawUrl)} target="_blank" rel="noreferrer">
          Original
        </a>
      )}
      <Button icon="trash" label="Delete" onClick={() => setConfirming(true)} />
      <a class="button primary" href={`/playground/${image.id}`}>
        Open in playground
      </a>
      {confirming && (
        <Confirm
          title="Delete this image?"
          action="Delete"
          busy={busy}
          onConfirm={remove}
          onClose={() => setConfirming(false)}
        >
          Its URLs stop working and all derivatives are deleted. The original is kept under Deleted for seven
          days and can be restored until then.
        </Confirm>
      )}
    </>
  )
}
