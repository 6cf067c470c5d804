import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { DarkroomError } from '../../errors/catalogue.ts'
import { AdmissionController } from '../admission/admission-controller.ts'
import { type CodecName, loadCodec } from './codec-modules.ts'
import type {
  CodecQuestion,
  CodecReply,
  CodecSupply,
  CodecTask,
  CodecTaskName,
  CodecTasks,
} from './codec-tasks.ts'
import { undecodableFile } from './page-limits.ts'

/** Maximum seconds of one task. */
const maxSeconds = 30

/**
 * Maximum memory of a thread's JavaScript heap, in MiB. Pixels lie outside the heap and are limited before. No task
 * needs nearly as much (the longest SVG takes about 500). This matters because V8 cannot throw an error when a single
 * large string or list exceeds the limit: the whole process ends.
 */
const resourceLimits = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 }

/**
 * One thread per core, as codecs are CPU-bound. The queue is unbounded, because the engine's admission already limits
 * it.
 */
const threads = new AdmissionController({
  slots: availableParallelism(),
  queueLimit: Number.POSITIVE_INFINITY,
})

/**
 * Runs a task in its own thread, which ends with the task. So a codec that a hostile file has corrupted never sees the
 * image of another user, and its memory is released. Modules are compiled once, so a thread starts in about 30 ms.
 * @throws DarkroomError `undecodable` when the codec fails, crashes or exceeds its time or memory; `too-many-pixels`;
 *   the signal's reason when aborted
 */
export async function runCodec<N extends CodecTaskName>(
  name: N,
  input: CodecTasks[N]['input'],
  signal?: AbortSignal,
  supply?: CodecSupply,
): Promise<CodecTasks[N]['output']> {
  const module = await moduleFor(name, input)
  const request = { tenant: '', costMs: 1, ...(signal ? { signal } : {}) }
  const reply = await threads.run(request, () =>
    runThread({ name, input, module } as CodecTask, signal, supply),
  )
  if ('code' in reply) throw new DarkroomError(reply.code, reply.detail)
  // the reply belongs to the task that was sent
  return reply.output as CodecTasks[N]['output']
}

function moduleFor(
  name: CodecTaskName,
  input: CodecTasks[CodecTaskName]['input'],
): Promise<WebAssembly.Module> | undefined {
  const codec = name === 'page' && 'format' in input ? input.format : name === 'vector' ? 'svg' : name
  return isCodec(codec) ? loadCodec(codec) : undefined
}

const isCodec = (name: string): name is CodecName => /^(heic|jxl|pdf|svg|encodeJxl)$/.test(name)

function runThread(
  task: CodecTask,
  signal: AbortSignal | undefined,
  supply: CodecSupply | undefined,
): Promise<CodecReply> {
  const thread = new Worker(new URL('./codec-thread.js', import.meta.url), {
    workerData: task,
    resourceLimits,
    // a codec gets neither the process's environment and flags nor its output streams
    env: {},
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
  })
  return new Promise<CodecReply>((resolve, reject) => {
    const timer = setTimeout(() => reject(undecodableFile('decoding takes too long')), maxSeconds * 1000)
    const abort = () => reject(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    thread.on('message', (message: CodecReply | CodecQuestion) => {
      if (!('needs' in message)) resolve(message)
      else supply?.(message.needs).then(supplies => thread.postMessage(supplies), reject)
    })
    thread.once('error', cause => reject(crashError(cause)))
    thread.once('exit', () => reject(undecodableFile('the decoder exited')))
    const clear = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    thread.once('exit', clear)
  }).finally(() => thread.terminate())
}

function crashError(cause: Error & { code?: string }): DarkroomError {
  const reason =
    cause.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'decoding needs too much memory' : 'the decoder crashed'
  return new DarkroomError('undecodable', `the image cannot be decoded: ${reason}`, { cause })
}
