import { cropBox, cropValues } from './crop-values.ts'
import { type Box, moveBox, ratioOf, resizeBox } from './geometry.ts'
import { boxStyle, type HandlesProps } from './handles.ts'
import { onArrow, useDrag } from './use-drag.ts'

const corners = { nw: 'top left', ne: 'top right', se: 'bottom right', sw: 'bottom left' }
const edges = { n: 'top', e: 'right', s: 'bottom', w: 'left' }

/** The region that a crop keeps, to move and to resize. */
export function CropHandles({ values, frame, surface, onValues }: HandlesProps) {
  const drag = useDrag(surface, frame)
  const box = cropBox(values, frame)
  const ratio = ratioOf(values.ar)
  const set = (next: Box, gesture: number) => onValues(cropValues(next, frame, values), gesture)
  // with a ratio, an edge alone cannot move
  const handles = Object.entries(ratio === undefined ? { ...corners, ...edges } : corners)
  const size = `${Math.round(box.width)} × ${Math.round(box.height)}`
  return (
    <>
      <div class="place-shade">
        <div style={boxStyle(box, frame)} />
      </div>
      <div class="place-box" style={boxStyle(box, frame)}>
        <button
          type="button"
          class="place-move"
          aria-label={`Region, ${size} at ${Math.round(box.left)}, ${Math.round(box.top)}: move with the arrow keys`}
          onPointerDown={drag((by, gesture) => set(moveBox(box, by, frame), gesture))}
          onKeyDown={onArrow((by, gesture) => set(moveBox(box, by, frame), gesture))}
        />
        <span class="place-size">{size}</span>
        {handles.map(([edge, name]) => (
          <button
            key={edge}
            type="button"
            class={`place-handle ${edge}`}
            aria-label={`Resize at the ${name}, ${size}: arrow keys`}
            onPointerDown={drag((by, gesture) => set(resizeBox(box, edge, by, frame, ratio), gesture))}
            onKeyDown={onArrow((by, gesture) => set(resizeBox(box, edge, by, frame, ratio), gesture))}
          />
        ))}
      </div>
    </>
  )
}
