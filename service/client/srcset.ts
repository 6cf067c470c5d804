import { DarkroomError } from '../errors/catalogue.ts'
import type { OperationStep, ResizeOptions } from './operations.generated.ts'
import { type Derivative, url } from './url.ts'

/** The candidates of a `srcset`: widths in pixels (`320w`), or pixel densities (`2x`). */
export type Candidates = { readonly widths: readonly number[] } | { readonly densities: readonly number[] }

/** One candidate of a `srcset`: its operations and its descriptor. */
export interface Candidate {
  readonly operations: readonly OperationStep[]
  readonly descriptor: string
}

/**
 * Builds an unsigned `srcset`: `"<path> 320w, <path> 640w"`.
 * @throws DarkroomError `bad-url` as `url` does, and for densities without a resize that has a `w` or `h`
 */
export function srcset(derivative: Derivative, candidates: Candidates): string {
  return candidatesOf(derivative.operations ?? [], candidates)
    .map(({ operations, descriptor }) => `${url({ ...derivative, operations })} ${descriptor}`)
    .join(', ')
}

/**
 * Returns the candidates of a `srcset`. A width is set in the first resize, or in an appended one. If the resize has
 * a numeric `w` and `h`, `h` scales with it, so that all candidates show the same crop. A density sets its `dpr`.
 * @throws DarkroomError `bad-url` for densities without a resize that has a `w` or `h`
 */
export function candidatesOf(operations: readonly OperationStep[], candidates: Candidates): Candidate[] {
  if ('widths' in candidates) {
    return candidates.widths.map(width => ({
      operations: withResize(operations, resize => atWidth(resize, width)),
      descriptor: `${width}w`,
    }))
  }
  return candidates.densities.map(density => ({
    operations: withResize(operations, resize => atDensity(resize, density)),
    descriptor: `${density}x`,
  }))
}

/** Returns the operations with the first resize changed, or with one appended if there is none. */
export function withResize(
  operations: readonly OperationStep[],
  change: (resize: ResizeOptions) => ResizeOptions,
): OperationStep[] {
  const first = operations.findIndex(step => step.op === 'resize')
  if (first < 0) return [...operations, { op: 'resize', ...change({}) }]
  return operations.map((step, at) =>
    at === first && step.op === 'resize' ? { ...step, ...change(step) } : step,
  )
}

function atWidth({ w, h }: ResizeOptions, width: number): ResizeOptions {
  if (typeof w !== 'number' || typeof h !== 'number') return { w: width }
  return { w: width, h: Math.max(1, Math.round((h * width) / w)) }
}

function atDensity({ w, h }: ResizeOptions, density: number): ResizeOptions {
  if (typeof w === 'number' || typeof h === 'number') return { dpr: density }
  throw new DarkroomError('bad-url', 'densities: need a resize with a width or a height')
}
