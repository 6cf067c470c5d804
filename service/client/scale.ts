import type { OperationStep } from './operations.generated.ts'
import { pixelOptions } from './spelling.generated.ts'

/**
 * Multiplies every option that counts pixels by a factor, such as the size of a text or the radius of corners: the
 * operations then look alike on an image that is larger or smaller by this factor. Fractions and words stay.
 */
export function scaleSteps(steps: readonly OperationStep[], factor: number): readonly OperationStep[] {
  return factor === 1 ? steps : steps.map(step => scaleStep(step, factor))
}

function scaleStep(step: OperationStep, factor: number): OperationStep {
  const options: Readonly<Record<string, unknown>> = { ...step }
  const scaled: Record<string, unknown> = { ...step }
  for (const word of pixelOptions[step.op]?.split(' ') ?? []) {
    const [, name = '', unit = '', range = ''] = /^(\w+)(.)(.*)/.exec(word) ?? []
    const [min = 0, max = 0, plain] = range.split(',').map(Number)
    // an option that is absent has its default, which scales like a value that was written
    const value = options[name] ?? (plain || undefined)
    if (typeof value !== 'number' || (unit === '~' && Math.abs(value) < 1)) continue
    scaled[name] = limitTo(unit, min, max, value * factor)
  }
  // the same options, with other numbers
  return scaled as OperationStep
}

/** Rounds to whole pixels, or to hundredths where decimals are allowed, within the range of the option. */
function limitTo(unit: string, min: number, max: number, value: number): number {
  if (unit === '.') return Math.min(max, Math.max(min, Math.round(value * 100) / 100))
  // a minimum between 0 and 1 is that of fractions
  return Math.min(max, Math.max(min > 0 ? Math.max(1, min) : min, Math.round(value)))
}
