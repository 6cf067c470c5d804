import type { OperationStep } from './operations.generated.ts'

/** Takes the place of `checks.ts` in production builds for browsers, see `#checks` in package.json. */
export function checkSteps(_steps: readonly OperationStep[]): void {}
