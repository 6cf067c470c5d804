import type { Plan } from './plan.ts'

/**
 * The words of a response's `Darkroom-Note`: what is not quite as it was asked for. Made of the plan and the length of
 * the result alone, so that they are the same wherever the bytes come from.
 * @param bytes length of the derivative; unknown when the client has it already
 */
export function responseNotes({ notes, settings }: Plan, bytes = 0): readonly string[] {
  return bytes > (settings.maxBytes ?? Number.POSITIVE_INFINITY) ? [...notes, 'over-budget'] : notes
}
