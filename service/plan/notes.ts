import type { Plan } from './plan.ts'

/**
 * The words of a response's `Darkroom-Note`, which name where the result differs from the request. They depend only on
 * the plan and the length of the result, so they are the same from every cache.
 * @param bytes length of the derivative; 0 when it is not known, because the client already has it
 */
export function responseNotes({ notes, settings }: Plan, bytes = 0): readonly string[] {
  return bytes > (settings.maxBytes ?? Number.POSITIVE_INFINITY) ? [...notes, 'over-budget'] : notes
}
