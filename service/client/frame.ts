import type { OperationStep, ResizeOptions } from './operations.generated.ts'
import { scaleSteps } from './scale.ts'

/** Options of a resize to change; an undefined one is removed. */
export type FrameChange = { readonly [Option in keyof ResizeOptions]: ResizeOptions[Option] | undefined }

/** Operations that are split at their first resize. */
export interface Split {
  readonly before: readonly OperationStep[]
  readonly resize: ResizeOptions
  readonly after: readonly OperationStep[]
}

/** How much larger one resize makes an image than another one; `asked` is the answer of their sides, if they have it. */
export type Growth = (old: ResizeOptions, next: ResizeOptions, asked: number | undefined) => number

/** Splits operations at their first resize. Without one, an empty resize stands at the end. */
export function splitAtResize(operations: readonly OperationStep[]): Split {
  const first = operations.findIndex(step => step.op === 'resize')
  const step = operations[first]
  if (step?.op !== 'resize') return { before: operations, resize: {}, after: [] }
  const { op: _, ...resize } = step
  return { before: operations.slice(0, first), resize, after: operations.slice(first + 1) }
}

/**
 * Returns the operations with another frame of the first resize, or with an appended one. The pixel options behind it
 * scale by the ratio of the new frame to the old one, so that the result looks the same.
 */
export function withFrame(
  { before, resize, after }: Split,
  change: FrameChange,
  growth: Growth = (_old, _next, asked = 1) => asked,
): OperationStep[] {
  const changed = Object.entries({ ...resize, ...change }).filter(([, value]) => value !== undefined)
  const next: ResizeOptions = Object.fromEntries(changed)
  const factor = growth(resize, next, ratioOf(next, resize))
  // the service multiplies the minimums by the density
  const sides = scaleSteps([{ op: 'resize', ...resize }], (factor * densityOf(resize)) / densityOf(next))
  const { minw, minh } = sides[0] as ResizeOptions
  const minimums = { ...(minw && { minw }), ...(minh && { minh }) }
  return [...before, { op: 'resize', ...next, ...minimums }, ...scaleSteps(after, factor)]
}

const densityOf = ({ dpr }: ResizeOptions) => (typeof dpr === 'number' ? dpr : 1)

function ratioOf(next: ResizeOptions, old: ResizeOptions): number | undefined {
  const ratio = (to: unknown, from: unknown) =>
    typeof to === 'number' && typeof from === 'number' ? to / from : undefined
  const sides = ratio(next.w, old.w) ?? ratio(next.h, old.h)
  return sides && (sides * densityOf(next)) / densityOf(old)
}
