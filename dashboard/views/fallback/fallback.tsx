import './fallback.css'
import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Fallback, Image, Me } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Radios } from '../../components/radios.tsx'
import { Failure, Spinner } from '../../components/state.tsx'
import { PageHead } from '../../shell.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { useSetting } from '../../use-setting.ts'
import { ImagePicker } from '../image-picker.tsx'
import { FallbackPreview } from './preview.tsx'

const kinds = [
  { value: 'none', label: 'An error', hint: 'Status 503, with the time after which to try again' },
  { value: 'placeholder', label: 'A blurred placeholder', hint: 'The image itself, as its colours only' },
  { value: 'image', label: 'Another image of yours', hint: 'In the size and format that the URL asks for' },
] as const
type Kind = (typeof kinds)[number]['value']

/** What visitors see when an image is not rendered in time. */
export function FallbackView() {
  const [loaded, retry, setMe] = useLoaded(() => api.me(), [])
  return (
    <>
      <PageHead title="Fallback image" />
      {loaded.state === 'waiting' && <Spinner />}
      {loaded.state === 'failed' && <Failure error={loaded.error} onRetry={retry} />}
      {loaded.state === 'loaded' && <Choice me={loaded.value} onChange={setMe} />}
    </>
  )
}

const kindOf = (fallback: Fallback): Kind =>
  fallback === null ? 'none' : fallback === 'placeholder' ? 'placeholder' : 'image'

function Choice({ me: { fallback }, onChange }: { me: Me; onChange: (me: Me) => void }) {
  const [picking, setPicking] = useState(false)
  const { value, isSaving, choose } = useSetting<Fallback>(fallback, async next =>
    onChange(await api.changeMe({ fallback: next })),
  )
  const kind = kindOf(value)
  const chooseKind = (next: Kind) => {
    if (next === 'image') setPicking(true)
    else choose(next === 'none' ? null : next)
  }
  const pick = ({ id }: Image) => {
    setPicking(false)
    choose({ imageId: id })
  }
  return (
    <div class="fallback" aria-busy={isSaving}>
      <div class="fallback-choice">
        <p class="hint">
          Large or slow results are rendered in the background. This is what a page shows when one is not
          ready in time. Caches do not keep it, so the next visit shows the result.
        </p>
        <Radios
          label="Instead of the image, visitors get"
          choices={kinds}
          value={kind}
          onValue={chooseKind}
        />
        {kind === 'image' && (
          <div class="fallback-actions">
            <Button onClick={() => setPicking(true)}>Choose another</Button>
            <Button onClick={() => choose(null)}>Remove</Button>
          </div>
        )}
      </div>
      <FallbackPreview fallback={fallback} />
      {picking && <ImagePicker onPick={pick} onClose={() => setPicking(false)} />}
    </div>
  )
}
