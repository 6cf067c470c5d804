import { inspect } from 'node:util'
import { DarkroomError, type ErrorCode, messageOf } from '../../errors/catalogue.ts'
import type { OutputSettings } from '../../operations/settings.ts'
import type { ImageFacts, PagedFormat } from '../../plan/facts.ts'
import type { Insight } from '../../plan/insight.ts'
import type { PlanInput } from '../../plan/plan-input.ts'
import type { RenderedImage } from '../encode/output.ts'
import type { InspectionResult } from '../sources/inspect.ts'
import type { BuiltRung, LadderSpec } from '../sources/ladder.ts'
import type { RenderSource } from '../sources/render-source.ts'

/** A development by a plan that a child makes anew. */
interface Development {
  readonly source: RenderSource
  readonly recipe: PlanInput
  /** Those of the plan, which may be others than its recipe leads to. */
  readonly settings: OutputSettings
}

/** What a child process can do: its name, its input and its output. All of it is data that can be cloned. */
export interface ProcessTasks {
  readonly inspect: { readonly input: { readonly path: string }; readonly output: InspectionResult }
  readonly decodePage: {
    readonly input: { readonly format: PagedFormat; readonly original: Buffer; readonly page: number }
    readonly output: Buffer
  }
  readonly render: {
    readonly input: Development
    readonly output: RenderedImage
  }
  readonly refine: {
    readonly input: Development & { readonly standin: RenderedImage }
    readonly output: RenderedImage | undefined
  }
  readonly buildLadder: {
    readonly input: { readonly original: Buffer; readonly spec: LadderSpec }
    readonly output: BuiltRung[]
  }
  readonly analyze: {
    readonly input: { readonly source: RenderSource; readonly facts: ImageFacts }
    readonly output: Insight
  }
}
export type ProcessTaskName = keyof ProcessTasks

/** One task on its way to a child. */
export type ProcessTask<Name extends ProcessTaskName = ProcessTaskName> = {
  readonly [N in Name]: { readonly name: N; readonly input: ProcessTasks[N]['input'] }
}[Name]

/** What a child sends back: a result, an error of the catalogue, or in words for the log what nobody has foreseen. */
export type ProcessReply =
  | { readonly output: ProcessTasks[ProcessTaskName]['output'] }
  | {
      readonly code: ErrorCode
      readonly detail: string
      readonly retryAfterMs: number | undefined
      readonly cause: string | undefined
    }
  | { readonly fault: string }

/** What was thrown, as a child reports it: of an error only text can cross. */
export function toErrorReply(error: unknown): ProcessReply {
  if (!(error instanceof DarkroomError)) return { fault: inspect(error) }
  const { code, message: detail, retryAfterMs } = error
  return { code, detail, retryAfterMs, cause: error.cause === undefined ? undefined : messageOf(error.cause) }
}

/** The result of a task. @throws what the child has thrown, again */
export function unwrapReply<N extends ProcessTaskName>(reply: ProcessReply): ProcessTasks[N]['output'] {
  // a child answers in the terms of its task
  if ('output' in reply) return reply.output as ProcessTasks[N]['output']
  if ('fault' in reply) throw new Error(reply.fault)
  const { code, detail, retryAfterMs, cause } = reply
  throw new DarkroomError(code, detail, { cause, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
}
