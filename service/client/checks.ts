import { badUrl } from '../url/bad-url.ts'
import { maxSteps } from '../url/path.ts'
import { normalizeStep } from '../url/step.ts'
import { type OperationStep, operationTable } from './operations.generated.ts'

/**
 * Checks the number of operations and every value as the service does. Node and the development builds of a website
 * run it. A production build for browsers has `unchecked.ts` instead: there types have done the work, and the service
 * refuses with the same message what they cannot express.
 * @throws DarkroomError `bad-url` with the option's name and the expected value
 */
export function checkSteps(steps: readonly OperationStep[]): void {
  if (steps.length > maxSteps) throw badUrl(`too many operations, expected at most ${maxSteps}`)
  for (const step of steps) normalizeStep(step, operationTable)
}
