import type { PagedFormat } from '../../plan/facts.ts'
import type { JxlSettings } from './jxl.ts'
import type { DecodedPage, PageRequest, Picture } from './picture.ts'
import type { VectorRequest, VectorSize } from './svg.ts'

/** What a thread can do: its name, what it takes and what it gives. */
export interface Tasks {
  readonly page: {
    readonly takes: { readonly format: PagedFormat; readonly file: Uint8Array; readonly request: PageRequest }
    readonly gives: DecodedPage
  }
  readonly vector: {
    readonly takes: { readonly file: Uint8Array; readonly request: VectorRequest }
    readonly gives: { readonly picture: Picture; readonly intrinsic: VectorSize }
  }
  readonly encodeJxl: {
    readonly takes: { readonly picture: Picture; readonly settings: JxlSettings }
    readonly gives: Uint8Array
  }
}
export type TaskName = keyof Tasks

/** One task on its way to a thread, with the codec's module. */
export type Assignment = {
  readonly [N in TaskName]: {
    readonly task: N
    readonly takes: Tasks[N]['takes']
    readonly module: WebAssembly.Module | undefined
  }
}[TaskName]

/** What a thread sends back: a result, or a refusal in the words of the catalogue. */
export type Report =
  | { readonly gives: Tasks[TaskName]['gives'] }
  | { readonly code: 'undecodable' | 'too-many-pixels'; readonly detail: string }
