import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { DarkroomError } from '../../errors/catalogue.ts'
import { Admission } from '../admission.ts'
import { refuse } from './limits.ts'
import { type ModuleName, moduleOf } from './modules.ts'
import type { Assignment, Report, TaskName, Tasks } from './tasks.ts'

/** The most seconds that one task may take. */
const maxSeconds = 30

/**
 * The most memory of a thread's JavaScript heap, in MiB; pixels lie outside of it, and are counted before. No task comes
 * near it (the longest SVG takes some 500): one that did, by a single large string or list, would end the whole process,
 * as V8 can throw nothing then.
 */
const resourceLimits = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 }

/** One thread a core: they calculate all the time. Who may wait has been decided by the engine's admission. */
const turns = new Admission({ slots: availableParallelism(), queueLimit: Number.POSITIVE_INFINITY })

/**
 * Runs a task in a thread of its own, which ends with it: a codec that a hostile file has bent keeps nothing of
 * another's picture, and its memory is given back. Modules are compiled once, so a thread begins in some 30 ms.
 * @throws DarkroomError `undecodable` when the codec refuses, crashes, or takes too much time or memory;
 *   `too-many-pixels`; the signal's reason when it aborts
 */
export async function runInThread<N extends TaskName>(
  task: N,
  takes: Tasks[N]['takes'],
  signal?: AbortSignal,
): Promise<Tasks[N]['gives']> {
  const module = await moduleFor(task, takes)
  const ticket = { tenant: '', costMs: 1, ...(signal ? { signal } : {}) }
  const report = await turns.run(ticket, () => converse({ task, takes, module } as Assignment, signal))
  if ('code' in report) throw new DarkroomError(report.code, report.detail)
  // a thread answers in the terms of its task
  return report.gives as Tasks[N]['gives']
}

function moduleFor(task: TaskName, takes: Tasks[TaskName]['takes']): Promise<WebAssembly.Module> | undefined {
  const name = task === 'page' && 'format' in takes ? takes.format : task === 'vector' ? 'svg' : task
  return isCodec(name) ? moduleOf(name) : undefined
}

const isCodec = (name: string): name is ModuleName => /^(heic|jxl|pdf|svg|encodeJxl)$/.test(name)

function converse(assignment: Assignment, signal: AbortSignal | undefined): Promise<Report> {
  const thread = new Worker(new URL('./thread.js', import.meta.url), {
    workerData: assignment,
    resourceLimits,
    // a codec has no business with the process's environment and flags, and none with its output
    env: {},
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
  })
  return new Promise<Report>((resolve, reject) => {
    const timer = setTimeout(() => reject(refuse('it takes too long')), maxSeconds * 1000)
    const leave = () => reject(signal?.reason)
    signal?.addEventListener('abort', leave, { once: true })
    thread.once('message', resolve)
    thread.once('error', cause => reject(crash(cause)))
    thread.once('exit', () => reject(refuse('its decoder ended')))
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
