import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { DarkroomError } from '../../errors/catalogue.ts'
import { AdmissionController } from '../admission/admission-controller.ts'
import { type CodecName, loadCodec } from './codec-modules.ts'
import type { CodecReply, CodecTask, CodecTaskName, CodecTasks } from './codec-tasks.ts'
import { undecodableFile } from './page-limits.ts'

/** The most seconds that one task may take. */
const maxSeconds = 30

/**
 * The most memory of a thread's JavaScript heap, in MiB; pixels lie outside of it, and are counted before. No task comes
 * near it (the longest SVG input some 500): one that did, by a single large string or list, would end the whole process,
 * as V8 can throw nothing then.
 */
const resourceLimits = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 }

/** One thread a core: they calculate all the time. Who may wait has been decided by the engine's admission. */
const turns = new AdmissionController({ slots: availableParallelism(), queueLimit: Number.POSITIVE_INFINITY })

/**
 * Runs a task in a thread of its own, which ends with it: a codec that a hostile file has bent keeps nothing of
 * another's picture, and its memory is given back. Modules are compiled once, so a thread begins in some 30 ms.
 * @throws DarkroomError `undecodable` when the codec refuses, crashes, or takes too much time or memory;
 *   `too-many-pixels`; the signal's reason when it aborts
 */
export async function runCodec<N extends CodecTaskName>(
  name: N,
  input: CodecTasks[N]['input'],
  signal?: AbortSignal,
): Promise<CodecTasks[N]['output']> {
  const module = await moduleFor(name, input)
  const ticket = { tenant: '', costMs: 1, ...(signal ? { signal } : {}) }
  const reply = await turns.run(ticket, () => converse({ name, input, module } as CodecTask, signal))
  if ('code' in reply) throw new DarkroomError(reply.code, reply.detail)
  // a thread answers in the terms of its task
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

function converse(task: CodecTask, signal: AbortSignal | undefined): Promise<CodecReply> {
  const thread = new Worker(new URL('./codec-thread.js', import.meta.url), {
    workerData: task,
    resourceLimits,
    // a codec has no business with the process's environment and flags, and none with its output
    env: {},
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
  })
  return new Promise<CodecReply>((resolve, reject) => {
    const timer = setTimeout(() => reject(undecodableFile('it takes too long')), maxSeconds * 1000)
    const leave = () => reject(signal?.reason)
    signal?.addEventListener('abort', leave, { once: true })
    thread.once('message', resolve)
    thread.once('error', cause => reject(crash(cause)))
    thread.once('exit', () => reject(undecodableFile('its decoder ended')))
    const clear = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', leave)
    }
    thread.once('exit', clear)
  }).finally(() => thread.terminate())
}

function crash(cause: Error & { code?: string }): DarkroomError {
  const reason =
    cause.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it takes too much memory' : 'its decoder crashed'
  return new DarkroomError('undecodable', `the image cannot be decoded: ${reason}`, { cause })
}
