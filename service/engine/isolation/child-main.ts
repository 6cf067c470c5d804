import { writeFile } from 'node:fs/promises'
import { loadOperations } from '../../operations/registry.ts'
import { type Plan, planDerivative } from '../../plan/plan.ts'
import { restoreSteps } from '../../plan/plan-input.ts'
import { planAnalysis } from '../insight/analysis.ts'
import { createInProcessBackend } from '../render-backend.ts'
import { configureLibvips } from '../sources/libvips.ts'
import { type ProcessTask, type ProcessTaskName, type ProcessTasks, toErrorReply } from './process-tasks.ts'

/** Entry point of the process that `render-process.ts` starts. It runs one task at a time and exits with its parent. */

// process.exit would wait for libvips, which cannot be interrupted
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// a terminal sends signals to the children as well, but the parent decides when work ends
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
// if memory runs out, the kernel should kill this process first
writeFile('/proc/self/oom_score_adj', '1000').catch(() => {})

configureLibvips()
const backend = createInProcessBackend(Number(process.argv[2]))
const operations = loadOperations()

async function planFor({ planInput, settings }: ProcessTasks['render']['input']): Promise<Plan> {
  const plan = planDerivative(planInput.source, restoreSteps(planInput, await operations), planInput.format)
  return { ...plan, settings }
}

const handlers: {
  readonly [N in ProcessTaskName]: (input: ProcessTasks[N]['input']) => Promise<ProcessTasks[N]['output']>
} = {
  inspect: ({ path }) => backend.inspect(path),
  decodePage: ({ format, original, page }) => backend.decodePage(format, original, page),
  render: async task => backend.render(task.source, await planFor(task)),
  refine: async task => backend.refine(task.source, await planFor(task), task.standin),
  buildLadder: ({ original, spec }) => backend.buildLadder(original, spec),
  analyze: ({ source, facts }) => backend.analyze(source, planAnalysis(facts)),
}

const runTask = async <N extends ProcessTaskName>({ name, input }: ProcessTask<N>) => handlers[name](input)

process.on('message', async (task: ProcessTask) => {
  const reply = await runTask(task).then(output => ({ output }), toErrorReply)
  process.send?.(reply)
})
