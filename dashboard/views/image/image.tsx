import './image.css'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Image } from '../../api-types.ts'
import { Missing } from '../../components/missing.tsx'
import { Spinner } from '../../components/state.tsx'
import { bytesText, sizeText } from '../../format.ts'
import { mayWritePresets } from '../../session.ts'
import { PageHead } from '../../shell.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { editKeptList, libraryPath, visit } from '../library/place.ts'
import type { OnChange } from './changes.ts'
import { Derivatives } from './derivatives.tsx'
import { FileDetails, PixelDetails } from './details.tsx'
import { DetailsForm } from './details-form.tsx'
import { FocalPointEditor } from './focal-point-editor.tsx'
import { Actions } from './image-actions.tsx'
import { Similar } from './similar.tsx'
import { Trail } from './trail.tsx'

/** The page of one image: what to copy, focal point, texts, similar images, derivatives and facts. */
export function ImageView({ id }: { id: string }) {
  const [loaded, retry, setImage] = useLoaded(signal => api.image(id, signal), [id])
  const image = loaded.state === 'loaded' && loaded.value.id === id ? loaded.value : undefined
  const latest = useRef(image)
  latest.current = image
  // the answer to a change may arrive when another image is shown
  const onChange = useCallback<OnChange>(
    changes => {
      editKeptList(images => images.map(one => (one.id === changes.id ? { ...one, ...changes } : one)))
      if (changes.id !== latest.current?.id) return
      latest.current = { ...latest.current, ...changes }
      setImage(latest.current)
    },
    [setImage],
  )
  useEffect(() => visit(id), [id])
  return (
    <>
      <Trail id={id} title={image && titleOf(image)} />
      {image ? (
        <ImagePage key={id} image={image} onChange={onChange} />
      ) : (
        <>
          <PageHead title="Image" />
          {loaded.state === 'failed' ? (
            <Missing
              error={loaded.error}
              onRetry={retry}
              what="image"
              list={{ to: libraryPath(), label: 'Go to library' }}
            />
          ) : (
            <Spinner />
          )}
        </>
      )}
    </>
  )
}

const titleOf = ({ title, fileName }: Image) => title || fileName || 'Untitled'

interface PageProps {
  readonly image: Image
  readonly onChange: OnChange
}

function ImagePage({ image, onChange }: PageProps) {
  const settled = useSettled()
  return (
    <>
      <PageHead title={titleOf(image)}>
        <Actions image={image} onChange={onChange} />
      </PageHead>
      <Subtitle image={image} />
      <div class="image-page">
        <FocalPointEditor key={image.sha256} image={image} onChange={onChange} />
        <div class="image-side">
          <DetailsForm image={image} onChange={onChange} />
          <FileDetails image={image} />
          {settled && mayWritePresets() && <PixelDetails image={image} />}
        </div>
        <div class="image-more">
          {settled && (
            <>
              <Similar image={image} />
              <Derivatives key={image.sha256} image={image} />
            </>
          )}
        </div>
      </div>
    </>
  )
}

/** How long an image must be shown before its costly parts load, in milliseconds: users page through many quickly. */
const settleMs = 300

function useSettled(): boolean {
  const [settled, setSettled] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(true), settleMs)
    return () => clearTimeout(timer)
  }, [])
  return settled
}

/** The file as it was uploaded. */
function Subtitle({ image: { fileName, format, width, height, bytes, truncated } }: { image: Image }) {
  return (
    <p class="image-subtitle">
      {fileName && <span class="image-file">{fileName}</span>}
      <span>{format.toUpperCase()}</span>
      <span>{sizeText(width, height)}</span>
      <span>{bytesText(bytes)}</span>
      {truncated && <span class="badge failed">The last part is missing or damaged</span>}
    </p>
  )
}
