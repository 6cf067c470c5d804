import type { Step } from './address.ts'
import { badUrl, quoted } from './bad-url.ts'
import type { OperationTable } from './option.ts'
import { checkStepCount } from './path.ts'
import { printSteps } from './print.ts'

/** The operation that others stand for: `preset_n-thumb`. */
const operation = 'preset'
/** How deep presets may stand in each other. */
const maxDepth = 4
/** How long operations may become by their presets: with two ids and an extension they still fit into a path. */
export const maxPresetBytes = 900

const nameForm = /^[a-z0-9]{1,32}$/

/** Whether a text has the form of a preset's or a policy's name: a plain word of the grammar. */
export function isPlainName(text: string): boolean {
  return nameForm.test(text)
}

/** Whether a step stands for a preset's operations. */
export function isPreset(step: Step): boolean {
  return step.op === operation
}

/** The name in a preset step, of whatever form. @throws DarkroomError `bad-url` when there is none */
export function presetName({ options }: Step): string {
  const name = Object.hasOwn(options, 'n') ? options.n : undefined
  if (name !== undefined) return String(name)
  throw badUrl('preset: n is missing: expected the name of a preset')
}

/** What a preset's name stands for; undefined when there is no such preset. It may hold presets itself. */
export type FindPreset = (name: string) => Promise<readonly Step[] | undefined>

/**
 * Puts the operations of presets in their place, also those of presets within presets; `within` are the names that
 * the steps themselves come from. The work is bounded: every preset adds a step at least, and 32 steps are the most.
 * @throws DarkroomError `bad-url` for an unknown preset, a circle, and for what becomes too deep, too many or too long
 */
export async function expandPresets(
  steps: readonly Step[],
  find: FindPreset,
  table: OperationTable,
  within: readonly string[] = [],
): Promise<readonly Step[]> {
  if (within.length === 0 && !steps.some(isPreset)) return steps
  const expanded = await expand(steps, find, within)
  const { length } = printSteps(expanded, table)
  if (length <= maxPresetBytes) return expanded
  throw badUrl(
    `preset: with its operations in place these are ${length} bytes: expected at most ${maxPresetBytes}`,
  )
}

async function expand(
  steps: readonly Step[],
  find: FindPreset,
  within: readonly string[],
): Promise<readonly Step[]> {
  const expanded: Step[] = []
  for (const step of steps) {
    expanded.push(...(isPreset(step) ? await open(presetName(step), find, within) : [step]))
    checkStepCount(expanded.length)
  }
  return expanded
}

async function open(name: string, find: FindPreset, within: readonly string[]): Promise<readonly Step[]> {
  const shown = quoted(name)
  if (within.includes(name)) throw badUrl(`preset: ${within.join(', ')} and ${shown} stand in a circle`)
  if (within.length >= maxDepth) {
    throw badUrl(`preset: ${shown} stands too deep in others: expected at most ${maxDepth} levels`)
  }
  const steps = isPlainName(name) ? await find(name) : undefined
  if (steps === undefined) throw badUrl(`preset: n-${shown} is not known: expected the name of a preset`)
  return expand(steps, find, [...within, name])
}
