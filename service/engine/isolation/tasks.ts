import { inspect } from 'node:util'
import { DarkroomError, type ErrorCode, messageOf } from '../../errors/catalogue.ts'
import type { OutputSettings } from '../../operations/operation.ts'
import type { ImageFacts, PagedFormat } from '../../plan/facts.ts'
import type { Insight } from '../../plan/insight.ts'
import type { PlanInput } from '../../plan/plan-input.ts'
import type { Inspected } from '../inspect.ts'
import type { BuiltRung, LadderOrder } from '../ladder.ts'
import type { Material } from '../open.ts'
import type { Developed } from '../write.ts'

/** A development by a plan that a child makes anew. */
interface Development {
  readonly material: Material
  readonly recipe: PlanInput
  /** Those of the plan, which may be others than its recipe leads to. */
  readonly settings: OutputSettings
}

/** What a child process can do: its name, what it takes and what it gives. All of it is data that can be cloned. */
export interface Tasks {
  readonly inspect: { readonly takes: { readonly path: string }; readonly gives: Inspected }
  readonly rung: {
    readonly takes: { readonly format: PagedFormat; readonly original: Buffer; readonly page: number }
    readonly gives: Buffer
  }
  readonly develop: {
    readonly takes: Development
    readonly gives: Developed
  }
  readonly refine: {
    readonly takes: Development & { readonly standin: Developed }
    readonly gives: Developed | undefined
  }
  readonly ladder: {
    readonly takes: { readonly original: Buffer; readonly order: LadderOrder }
    readonly gives: BuiltRung[]
  }
  readonly look: {
    readonly takes: { readonly material: Material; readonly facts: ImageFacts }
    readonly gives: Insight
  }
}
export type TaskName = keyof Tasks

/** One task on its way to a child. */
export type Assignment<Name extends TaskName = TaskName> = {
  readonly [N in Name]: { readonly task: N; readonly takes: Tasks[N]['takes'] }
}[Name]

/** What a child sends back: a result, an error of the catalogue, or in words for the log what nobody has foreseen. */
export type Report =
  | { readonly gives: Tasks[TaskName]['gives'] }
  | {
      readonly code: ErrorCode
      readonly detail: string
      readonly retryAfterMs: number | undefined
      readonly cause: string | undefined
    }
  | { readonly fault: string }

/** What was thrown, as a child reports it: of an error only text can cross. */
export function reportOf(error: unknown): Report {
  if (!(error instanceof DarkroomError)) return { fault: inspect(error) }
  const { code, message: detail, retryAfterMs } = error
  return { code, detail, retryAfterMs, cause: error.cause === undefined ? undefined : messageOf(error.cause) }
}

/** The result of a task. @throws what the child has thrown, again */
export function resultOf<N extends TaskName>(report: Report): Tasks[N]['gives'] {
  // a child answers in the terms of its task
  if ('gives' in report) return report.gives as Tasks[N]['gives']
  if ('fault' in report) throw new Error(report.fault)
  const { code, detail, retryAfterMs, cause } = report
  throw new DarkroomError(code, detail, { cause, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
}
