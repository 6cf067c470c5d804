import { api } from '../../../api.ts'
import { useLoaded } from '../../../use-loaded.ts'
import type { Box, Size } from './geometry.ts'
import { boxStyle, type HandlesProps } from './handles.ts'
import { layerBox, layerValues, moveLayer, overlaySize, textSize } from './layer-values.ts'
import { onArrow, useDrag } from './use-drag.ts'

/** The place of a text. Its size is estimated, as only the service has its fonts. */
export function TextHandles(props: HandlesProps) {
  return <LayerHandles {...props} name="Text" size={textSize(props.values, props.frame)} />
}

/** The place of an overlaid image. */
export function OverlayHandles(props: HandlesProps) {
  const { values, frame } = props
  const [own] = useLoaded(signal => api.image(values.i ?? '', signal), [values.i])
  if (own.state !== 'loaded') return null
  return <LayerHandles {...props} name="Overlay" size={overlaySize(values, frame, own.value)} />
}

interface LayerProps extends HandlesProps {
  readonly name: string
  readonly size: Size
}

function LayerHandles({ name, size, values, frame, surface, onValues }: LayerProps) {
  const drag = useDrag(surface, frame)
  const box = layerBox(values, frame, size)
  const set = (next: Box, gesture: number) => onValues(layerValues(next, frame, values), gesture)
  const { g = 'center', x = '0', y = '0' } = values
  return (
    <div class="place-box layer" style={boxStyle(box, frame)}>
      <button
        type="button"
        class="place-move"
        aria-label={`${name} at ${g || 'center'}, ${x || '0'}, ${y || '0'}: move with the arrow keys`}
        onPointerDown={drag((by, gesture) => set(moveLayer(box, by, frame), gesture))}
        onKeyDown={onArrow((by, gesture) => set(moveLayer(box, by, frame), gesture))}
      />
    </div>
  )
}
