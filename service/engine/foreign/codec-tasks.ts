import type { PagedFormat } from '../../plan/source-formats.ts'
import type { DecodedPage, DecodedPixels, PageRequest } from './decoded-page.ts'
import type { JxlSettings } from './jxl.ts'
import type { VectorRequest, VectorSize } from './svg.ts'
import type { VectorNeeds, VectorSupplies } from './svg-needs.ts'

/** The tasks of a codec thread, with input and output. */
export interface CodecTasks {
  readonly page: {
    readonly input: { readonly format: PagedFormat; readonly file: Uint8Array; readonly request: PageRequest }
    readonly output: DecodedPage
  }
  readonly vector: {
    readonly input: { readonly file: Uint8Array; readonly request: VectorRequest }
    readonly output: { readonly pixels: DecodedPixels; readonly intrinsic: VectorSize }
  }
  readonly encodeJxl: {
    readonly input: { readonly pixels: DecodedPixels; readonly settings: JxlSettings }
    readonly output: Uint8Array
  }
}

/** What a thread asks for while it runs a task. Only tasks for vector files do. */
export interface CodecQuestion {
  readonly needs: VectorNeeds
}
/** Answers a thread's question. An error ends the task. */
export type CodecSupply = (needs: VectorNeeds) => Promise<VectorSupplies>

export type CodecTaskName = keyof CodecTasks

/** A task as it is sent to a thread, with the codec's module. */
export type CodecTask = {
  readonly [N in CodecTaskName]: {
    readonly name: N
    readonly input: CodecTasks[N]['input']
    readonly module: WebAssembly.Module | undefined
  }
}[CodecTaskName]

/** A thread's answer: a result, or an error of the catalogue. */
export type CodecReply =
  | { readonly output: CodecTasks[CodecTaskName]['output'] }
  | { readonly code: 'undecodable' | 'too-many-pixels'; readonly detail: string }
