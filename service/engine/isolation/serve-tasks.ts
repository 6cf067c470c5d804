import { writeFile } from 'node:fs/promises'
import { configureLibvips } from '../sources/libvips.ts'
import {
  type ProcessTask,
  type ProcessTaskName,
  type ProcessTasks,
  ready,
  toErrorReply,
} from './process-tasks.ts'

/** The functions for the tasks of a program. */
export type TaskHandlers<Name extends ProcessTaskName> = {
  readonly [N in Name]: (input: ProcessTasks[N]['input']) => Promise<ProcessTasks[N]['output']>
}

/** Serves the tasks of the parent in this process, one at a time, until the parent exits. */
export function serveTasks<Name extends ProcessTaskName>(handlers: TaskHandlers<Name>): void {
  // process.exit would wait for libvips, which cannot be interrupted
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  // a terminal sends signals to the children as well, but the parent decides when work ends
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  // if memory runs out, the kernel should kill this process first
  writeFile('/proc/self/oom_score_adj', '1000').catch(() => {})
  configureLibvips()
  const runTask = async <N extends Name>({ name, input }: ProcessTask<N>) => handlers[name](input)
  process.on('message', async (task: ProcessTask<Name>) => {
    const reply = await runTask(task).then(output => ({ output }), toErrorReply)
    process.send?.(reply)
  })
  process.send?.(ready)
}
