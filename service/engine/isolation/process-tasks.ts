import { inspect } from 'node:util'
import { DarkroomError, type ErrorCode, messageOf } from '../../errors/catalogue.ts'
import type { OutputSettings } from '../../operations/settings.ts'
import type { ImageFacts } from '../../plan/facts.ts'
import type { Insight } from '../../plan/insight.ts'
import type { PlanInput } from '../../plan/plan-input.ts'
import type { PagedFormat } from '../../plan/source-formats.ts'
import type { RenderedImage } from '../encode/output.ts'
import type { InspectionResult } from '../sources/inspect.ts'
import type { BuiltRung, CopySpec, LadderSpec } from '../sources/ladder.ts'
import type { RenderSource } from '../sources/render-source.ts'

/** A render whose plan the child rebuilds from its input. */
interface RenderInput {
  readonly source: RenderSource
  readonly planInput: PlanInput
  /** The settings of the plan, which may differ from those that its input leads to. */
  readonly settings: OutputSettings
}

/** The tasks of a child process, with input and output. All of it can be cloned between processes. */
export interface ProcessTasks {
  readonly inspect: { readonly input: { readonly path: string }; readonly output: InspectionResult }
  readonly decodePage: {
    readonly input: { readonly format: PagedFormat; readonly original: Buffer; readonly page: number }
    readonly output: Buffer
  }
  readonly render: {
    readonly input: RenderInput
    readonly output: RenderedImage
  }
  readonly refine: {
    readonly input: RenderInput & { readonly standin: RenderedImage }
    readonly output: RenderedImage | undefined
  }
  readonly buildLadder: {
    readonly input: { readonly original: Buffer; readonly spec: LadderSpec }
    readonly output: BuiltRung[]
  }
  readonly decodeCopy: {
    readonly input: { readonly original: Buffer; readonly spec: CopySpec }
    readonly output: Buffer
  }
  readonly analyze: {
    readonly input: { readonly source: RenderSource; readonly facts: ImageFacts }
    readonly output: Insight
  }
}
export type ProcessTaskName = keyof ProcessTasks

/** The first message of a child process: it has loaded its code and takes tasks. */
export const ready = 'ready'

/** A task as it is sent to a child process. */
export type ProcessTask<Name extends ProcessTaskName = ProcessTaskName> = {
  readonly [N in Name]: { readonly name: N; readonly input: ProcessTasks[N]['input'] }
}[Name]

/** A child's answer: a result, an error of the catalogue, or the text of an unexpected error for the log. */
export type ProcessReply =
  | { readonly output: ProcessTasks[ProcessTaskName]['output'] }
  | {
      readonly code: ErrorCode
      readonly detail: string
      readonly retryAfterMs: number | undefined
      readonly cause: string | undefined
    }
  | { readonly fault: string }

/** Converts an error to a reply. Only text can cross the process boundary. */
export function toErrorReply(error: unknown): ProcessReply {
  if (!(error instanceof DarkroomError)) return { fault: inspect(error) }
  const { code, message: detail, retryAfterMs } = error
  return { code, detail, retryAfterMs, cause: error.cause === undefined ? undefined : messageOf(error.cause) }
}

/** The result of a task. @throws the error of the child, rebuilt */
export function unwrapReply<N extends ProcessTaskName>(reply: ProcessReply): ProcessTasks[N]['output'] {
  // the reply belongs to the task that was sent
  if ('output' in reply) return reply.output as ProcessTasks[N]['output']
  if ('fault' in reply) throw new Error(reply.fault)
  const { code, detail, retryAfterMs, cause } = reply
  throw new DarkroomError(code, detail, { cause, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
}
