import type { Step } from './address.ts'
import { badUrl, quoted } from './bad-url.ts'
import type { OperationTable } from './option.ts'
import { checkStepCount } from './path.ts'
import { printSteps } from './print.ts'

/** The operation that is replaced by a preset's own operations, as in `preset_n-thumb`. */
const presetOperationName = 'preset'
/** How deep presets may be nested. */
const maxDepth = 4
/** The longest expanded operations, in bytes: together with two ids and an extension they still fit into a path. */
export const maxPresetBytes = 900

const namePattern = /^[a-z0-9]{1,32}$/

/** Whether a text has the form of a preset's or policy's name: lower-case letters and digits, which no URL escapes. */
export function isPlainName(text: string): boolean {
  return namePattern.test(text)
}

/** Whether a step names a preset. */
export function isPreset(step: Step): boolean {
  return step.op === presetOperationName
}

/** The name in a preset step, not yet checked. @throws DarkroomError `bad-url` when it is missing */
export function presetName({ options }: Step): string {
  const name = Object.hasOwn(options, 'n') ? options.n : undefined
  if (name !== undefined) return String(name)
  throw badUrl('preset: n is required, expected the name of a preset')
}

/** Looks up a preset's operations, which may name presets themselves; undefined when it does not exist. */
export type FindPreset = (name: string) => Promise<readonly Step[] | undefined>

/**
 * Replaces presets by their operations, nested presets included. The work is bounded: every preset adds at least one
 * step, and there may be at most 32 steps.
 * @param within names of the presets that contain the steps, outermost first; empty for the steps of a URL
 * @throws DarkroomError `bad-url` for an unknown preset or a cycle, and when the result is too deep or too long
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
  throw badUrl(`preset: the expanded operations have ${length} bytes, expected at most ${maxPresetBytes}`)
}

async function expand(
  steps: readonly Step[],
  find: FindPreset,
  within: readonly string[],
): Promise<readonly Step[]> {
  const expanded: Step[] = []
  for (const step of steps) {
    expanded.push(...(isPreset(step) ? await expandPreset(presetName(step), find, within) : [step]))
    checkStepCount(expanded.length)
  }
  return expanded
}

async function expandPreset(
  name: string,
  find: FindPreset,
  within: readonly string[],
): Promise<readonly Step[]> {
  const shown = quoted(name)
  if (within.includes(name))
    throw badUrl(
      `preset: ${[...within, shown].join(' > ')} is a cycle, expected presets that do not contain themselves`,
    )
  if (within.length >= maxDepth) {
    throw badUrl(`preset: ${shown} is nested too deeply, expected at most ${maxDepth} levels`)
  }
  const steps = isPlainName(name) ? await find(name) : undefined
  if (steps === undefined) throw badUrl(`preset: n-${shown} does not exist, expected the name of a preset`)
  return expand(steps, find, [...within, name])
}
