import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import type { PagedFormat } from '../../plan/source-formats.ts'
import type { CodecReply, CodecTask, CodecTasks } from './codec-tasks.ts'
import type { DecodedPage, DecodedPixels } from './decoded-page.ts'
import { undecodableFile } from './page-limits.ts'
import type { VectorNeeds, VectorSupplies } from './svg-needs.ts'

const port = parentPort

/** Each decoder's code is loaded only by the thread that needs it. */
const decoders: Record<
  PagedFormat,
  (work: CodecTasks['page']['input'], module: WebAssembly.Module) => Promise<DecodedPage>
> = {
  heic: async ({ file, request }, module) => (await import('./heic.ts')).decodeHeic(file, request, module),
  jxl: async ({ file, request }, module) => (await import('./jxl.ts')).decodeJxl(file, request, module),
  pdf: async ({ file, request }, module) => (await import('./pdf.ts')).rasterizePdf(file, request, module),
  ico: async ({ file, request }) => (await import('./ico.ts')).decodeIco(file, request),
  bmp: async ({ file, request }) => (await import('./bmp.ts')).decodeBmp(file, request),
}

/** A placeholder for tasks without WebAssembly. Every WebAssembly codec gets its module. */
const none = undefined as unknown as WebAssembly.Module

async function work(task: CodecTask): Promise<CodecTasks[keyof CodecTasks]['output']> {
  const { name, input, module = none } = task
  if (name === 'page') {
    const { content, ...document } = await decoders[input.format](input, module)
    return { content: 'file' in content ? content : dropOpaqueAlpha(content), ...document }
  }
  if (name === 'vector')
    return (await import('./svg.ts')).rasterizeSvg(input.file, input.request, module, ask)
  return (await import('./jxl.ts')).encodeJxl(input.pixels, input.settings, module)
}

/** Asks the main thread, which has libvips and the file system. */
async function ask(needs: VectorNeeds): Promise<VectorSupplies> {
  const answered = port && once(port, 'message')
  port?.postMessage({ needs })
  const [supplies] = (await answered) ?? []
  return supplies
}

/** Drops an alpha channel that is fully opaque. Some decoders always return four channels. */
function dropOpaqueAlpha(pixels: DecodedPixels): DecodedPixels {
  const { width, height, data } = pixels
  if (pixels.channels === 3) return pixels
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return pixels
  const packed = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    packed[to] = data[from] ?? 0
    packed[to + 1] = data[from + 1] ?? 0
    packed[to + 2] = data[from + 2] ?? 0
  }
  return { ...pixels, channels: 3, data: packed }
}

/** Any error of a decoder, including a WebAssembly trap, is the file's fault: other files decode. */
function toErrorReply(error: unknown): CodecReply {
  const known = error instanceof DarkroomError ? error : undecodableFile(messageFor(error))
  return { code: known.code === 'too-many-pixels' ? known.code : 'undecodable', detail: known.message }
}

function messageFor(error: unknown): string {
  if (error instanceof RangeError) return 'the file is truncated'
  // a WebAssembly trap, also when the memory cannot grow
  if (error instanceof Error && error.name === 'RuntimeError')
    return 'the decoder failed because the file is damaged or needs too much memory'
  return messageOf(error)
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 120)
}

// no `await` here: V8 ends the whole process if a thread is terminated while the rest of an asynchronous module runs
work(workerData)
  .then(output => ({ output }), toErrorReply)
  .then(reply => port?.postMessage(reply, buffersOf(reply)))

/** Transfers pixel buffers instead of copying them. */
function buffersOf(reply: CodecReply): ArrayBuffer[] {
  if (!('output' in reply)) return []
  const { output } = reply
  const pixels = 'pixels' in output ? output.pixels : 'content' in output ? output.content : undefined
  const data = output instanceof Uint8Array ? output : pixels && 'data' in pixels ? pixels.data : undefined
  return data?.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength
    ? [data.buffer]
    : []
}
