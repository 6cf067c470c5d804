import { percentText } from '../../../format.ts'
import { type Box, clamp, lengthOf, type Point, type Size, type Values } from './geometry.ts'
import { boxStyle, type HandlesProps } from './handles.ts'
import { onArrow, useDrag } from './use-drag.ts'

/** The point that a resize keeps when it crops. A press on the picture sets it. */
export function FocusHandles({ values, frame, surface, onValues }: HandlesProps) {
  const drag = useDrag(surface, frame)
  const isSet = Boolean(values.fx || values.fy)
  const point = { x: fractionOf(values.fx), y: fractionOf(values.fy) }
  const kept = keptBox(values, point, frame)
  const set = ({ x, y }: Point, gesture: number) =>
    onValues({ ...values, fx: written(x), fy: written(y) }, gesture)
  const press = (event: PointerEvent) => {
    const rect = surface.current?.getBoundingClientRect()
    if (event.button !== 0 || rect === undefined) return
    const start = { x: (event.clientX - rect.left) / rect.width, y: (event.clientY - rect.top) / rect.height }
    const follow = (by: Point, gesture: number) =>
      set({ x: start.x + by.x / frame.width, y: start.y + by.y / frame.height }, gesture)
    drag(follow, true)(event)
  }
  const at = isSet
    ? `${percentText(point.x)} from the left, ${percentText(point.y)} from the top`
    : 'not set, the centre'
  return (
    <>
      {kept && (
        <div class="place-shade">
          <div style={boxStyle(kept, frame)} />
        </div>
      )}
      <button
        type="button"
        class="place-surface"
        aria-label={`Focal point ${at}: move with the arrow keys`}
        onPointerDown={press}
        onKeyDown={onArrow((by, gesture) => set({ x: point.x + by.x, y: point.y + by.y }, gesture), {
          x: 0.01,
          y: 0.01,
        })}
      >
        <span class={`place-point ${isSet ? '' : 'unset'}`} style={{ '--left': point.x, '--top': point.y }} />
      </button>
    </>
  )
}

const fractionOf = (value: string | undefined) => clamp(lengthOf(value, 1) ?? 0.5, 0, 1)

/** With three decimals, which is finer than a pixel on any screen. */
const written = (value: number) => String(Math.round(clamp(value, 0, 1) * 1000) / 1000)

/** The part that is kept, when both sides are given and the image is cropped to cover them. */
function keptBox({ w, h, fit = '' }: Values, point: Point, frame: Size): Box | undefined {
  const ratio = Number(w) / Number(h)
  if (!['', 'cover'].includes(fit) || !(ratio > 0) || !Number.isFinite(ratio)) return undefined
  const width = Math.min(frame.width, frame.height * ratio)
  const height = width / ratio
  return {
    left: clamp(point.x * frame.width - width / 2, 0, frame.width - width),
    top: clamp(point.y * frame.height - height / 2, 0, frame.height - height),
    width,
    height,
  }
}
