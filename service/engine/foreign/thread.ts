import { parentPort, workerData } from 'node:worker_threads'
import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import type { PagedFormat } from '../../plan/facts.ts'
import { refuse } from './limits.ts'
import type { DecodedPage, Picture } from './picture.ts'
import type { Assignment, Report, Tasks } from './tasks.ts'

/** A file of code is read only by the thread that needs it. */
const decoders: Record<
  PagedFormat,
  (work: Tasks['page']['takes'], module: WebAssembly.Module) => Promise<DecodedPage>
> = {
  heic: async ({ file, request }, module) => (await import('./heic.ts')).decodeHeic(file, request, module),
  jxl: async ({ file, request }, module) => (await import('./jxl.ts')).decodeJxl(file, request, module),
  pdf: async ({ file, request }, module) => (await import('./pdf.ts')).renderPdf(file, request, module),
  ico: async ({ file, request }) => (await import('./ico.ts')).decodeIco(file, request),
  bmp: async ({ file, request }) => (await import('./bmp.ts')).decodeBmp(file, request),
}

/** Only the codecs of WebAssembly are given a module, and each of them is. */
const none = undefined as unknown as WebAssembly.Module

async function work(assignment: Assignment): Promise<Tasks[keyof Tasks]['gives']> {
  const { task, takes, module = none } = assignment
  if (task === 'page') {
    const { content, ...document } = await decoders[takes.format](takes, module)
    return { content: 'file' in content ? content : withoutIdleAlpha(content), ...document }
  }
  if (task === 'vector') return (await import('./svg.ts')).renderSvg(takes.file, takes.request, module)
  return (await import('./jxl.ts')).encodeJxl(takes.picture, takes.settings, module)
}

/** Decoders give four channels whatever the file has; without any transparency three say the same. */
function withoutIdleAlpha(picture: Picture): Picture {
  const { width, height, data } = picture
  if (picture.channels === 3) return picture
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return picture
  const packed = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    packed[to] = data[from] ?? 0
    packed[to + 1] = data[from + 1] ?? 0
    packed[to + 2] = data[from + 2] ?? 0
  }
  return { ...picture, channels: 3, data: packed }
}

/** Whatever a decoder throws, a trap of its code too, is the file's fault: it decodes others. */
function refusal(error: unknown): Report {
  const known = error instanceof DarkroomError ? error : refuse(wordsOf(error))
  return { code: known.code === 'too-many-pixels' ? known.code : 'undecodable', detail: known.message }
}

function wordsOf(error: unknown): string {
  if (error instanceof RangeError) return 'the file is cut short'
  // a trap of WebAssembly, which a memory that cannot grow ends in, too
  if (error instanceof Error && error.name === 'RuntimeError')
    return 'its decoder gave up, as it is damaged or takes too much memory'
  return messageOf(error)
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 120)
}

const port = parentPort
const report: Report = await work(workerData).then(gives => ({ gives }), refusal)
port?.postMessage(report, buffersOf(report))

/** Pixels change hands without being copied. */
function buffersOf(report: Report): ArrayBuffer[] {
  if (!('gives' in report)) return []
  const { gives } = report
  const picture = 'picture' in gives ? gives.picture : 'content' in gives ? gives.content : undefined
  const data = gives instanceof Uint8Array ? gives : picture && 'data' in picture ? picture.data : undefined
  return data?.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength
    ? [data.buffer]
    : []
}
