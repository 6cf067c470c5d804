import { type Candidates, candidatesOf } from './candidates.ts'
import { type Derivative, url } from './url.ts'

/**
 * Builds an unsigned `srcset`: `"<path> 320w, <path> 640w"`.
 * @throws DarkroomError `bad-url` as `url` does, and for densities without a resize that has a `w` or `h`
 */
export function srcset(derivative: Derivative, candidates: Candidates): string {
  return candidatesOf(derivative.operations ?? [], candidates)
    .map(({ operations, descriptor }) => `${url({ ...derivative, operations })} ${descriptor}`)
    .join(', ')
}
