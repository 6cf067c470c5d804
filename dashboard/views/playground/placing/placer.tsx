import './placer.css'
import type { ComponentType } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { OperationTable } from '../../../../service/url/option.ts'
import { api } from '../../../api.ts'
import type { Image, SigningRequest } from '../../../api-types.ts'
import { errorMessage } from '../../../calls.ts'
import { Button } from '../../../components/button.tsx'
import { useLoaded } from '../../../use-loaded.ts'
import { previewBox } from '../../original-preview.ts'
import { type FormStep, stepError, stepsText, typedStep } from '../steps.ts'
import { usePreview } from '../use-preview.ts'
import { CropHandles } from './crop-handles.tsx'
import { FocusHandles } from './focus-handles.tsx'
import type { Size } from './geometry.ts'
import type { HandlesProps } from './handles.ts'
import { OverlayHandles, TextHandles } from './layer-handles.tsx'

interface PlacerProps {
  readonly image: Image
  readonly steps: readonly FormStep[]
  /** The index of the step to place. */
  readonly at: number
  readonly table: OperationTable
  readonly onChange: (step: FormStep, gesture: number) => void
  readonly onDone: () => void
}

interface Kind {
  readonly Handles: ComponentType<HandlesProps>
  readonly hint: string
  /** Whether the picture shows the operation itself, which does not change its size. */
  readonly showsStep: boolean
}

const kinds: Readonly<Record<string, Kind>> = {
  crop: { Handles: CropHandles, hint: 'Drag the region or its handles.', showsStep: false },
  resize: {
    Handles: FocusHandles,
    hint: 'Press where the important part is. It stays when width and height crop the image.',
    showsStep: false,
  },
  text: { Handles: TextHandles, hint: 'Drag the text.', showsStep: true },
  overlay: { Handles: OverlayHandles, hint: 'Drag the image.', showsStep: true },
}

/** The picture as an operation gets it, with handles that write the operation's options. */
export function Placer({ image, steps, at, table, onChange, onDone }: PlacerProps) {
  const surface = useRef<HTMLDivElement>(null)
  const step = steps[at]
  const kind = step && kinds[step.op]
  const before = steps.slice(0, at)
  const frame = useFrame(image, before, table)
  const isShown = step !== undefined && kind?.showsStep && stepError(step, table) === undefined
  const preview = usePreview(image, pictureOf(image, isShown ? [...before, step] : before, table))
  const ready = frame.state === 'loaded' && preview.shown !== undefined
  useEffect(() => {
    if (ready) surface.current?.querySelector('button')?.focus({ preventScroll: true })
  }, [ready])
  useEscape(onDone)
  if (step === undefined || kind === undefined) return null
  const error = frame.state === 'failed' ? frame.error : preview.error
  const { Handles, hint } = kind
  return (
    <>
      {frame.state === 'loaded' && (
        <div class="placer" ref={surface} style={{ '--w': frame.value.width, '--h': frame.value.height }}>
          {preview.shown && <img src={preview.shown.src} alt="Before the operation" />}
          {ready && (
            <Handles
              image={image}
              op={step.op}
              values={step.values}
              frame={frame.value}
              surface={surface}
              onValues={(values, gesture) => onChange({ ...step, values }, gesture)}
            />
          )}
        </div>
      )}
      <div class="place-bar">
        <p role="status">{error === undefined ? hint : errorMessage(error)}</p>
        <Button kind="primary" size="small" onClick={onDone}>
          Done
        </Button>
      </div>
    </>
  )
}

function useEscape(onEscape: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return
      onEscape()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [onEscape])
}

/** The size of the image after some steps, by the service's plan. */
function useFrame(image: Image, steps: readonly FormStep[], table: OperationTable) {
  const text = stepsText(steps, table)
  const [frame] = useLoaded(
    async (signal): Promise<Size> => {
      if (steps.length === 0) return image
      const { output } = await api.explain(`/processed/${image.userId}/${image.id}_${text}.png`, signal)
      if (output === null) throw new Error('the operations before this one give no image')
      return output
    },
    [image, text],
  )
  return frame
}

/** The picture to place on, reduced to the size of a preview; the first frame of an animation. */
function pictureOf({ id, pages }: Image, steps: readonly FormStep[], table: OperationTable): SigningRequest {
  const typed = steps.map(step => typedStep(step, table))
  const still = pages > 1 && !steps.some(({ op }) => op === 'page') ? [{ op: 'page', animate: false }] : []
  const operations = [...still, ...typed, { op: 'resize', ...previewBox, fit: 'inside' }]
  return { imageId: id, operations, format: 'webp' }
}
