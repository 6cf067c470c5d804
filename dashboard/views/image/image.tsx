import './image.css'
import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Failure, Waiting } from '../../components/state.tsx'
import { tell, tellFailure } from '../../components/toast.tsx'
import { navigate } from '../../location.ts'
import { ownPath } from '../../own-path.ts'
import { PageHead } from '../../shell.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { Derivatives } from './derivatives.tsx'
import { Description, Seen } from './description.tsx'
import { FocalPicture } from './focal-picture.tsx'
import { Labels } from './labels.tsx'

/** One picture: what is known of it, what was made of it, and what can be said and done about it. */
export function ImageView({ id }: { id: string }) {
  const [loaded, retry, put] = useLoaded(signal => api.image(id, signal), [id])
  if (loaded.state !== 'loaded') {
    return (
      <>
        <PageHead title="Image" />
        {loaded.state === 'waiting' ? <Waiting /> : <Failure error={loaded.error} onRetry={retry} />}
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
        <FocalPicture image={image} onChange={put} />
        <div>
          <Labels key={image.id} image={image} onChange={put} />
          <Description image={image} />
          <Seen image={image} />
          <Derivatives image={image} />
        </div>
      </div>
    </>
  )
}

function Actions({ image }: { image: Image }) {
  const [asked, setAsked] = useState(false)
  const [busy, setBusy] = useState(false)
  const remove = async () => {
    setBusy(true)
    try {
      await api.deleteImage(image.id)
      tell('Image deleted')
      navigate('/')
    } catch (error) {
      tellFailure(error)
      setBusy(false)
    }
  }
  return (
    <>
      <a class="button" href={ownPath(image.rawUrl)} target="_blank" rel="noreferrer">
        Original
      </a>
      <Button icon="trash" label="Delete" onClick={() => setAsked(true)} />
      <a class="button primary" href={`/playground/${image.id}`}>
        Open in playground
      </a>
      {asked && (
        <Confirm
          title="Delete this image?"
          action="Delete"
          busy={busy}
          onConfirm={remove}
          onClose={() => setAsked(false)}
        >
          Its URLs stop working and all derivatives are deleted. The original is kept under Deleted for seven
          days and can be restored until then.
        </Confirm>
      )}
    </>
  )
}
