import { writeFile } from 'node:fs/promises'
import { loadOperations } from '../../operations/registry.ts'
import { type Plan, planDerivative } from '../../plan/plan.ts'
import { restoreSteps } from '../../plan/plan-input.ts'
import { planAnalysis } from '../insight/analysis.ts'
import { createInProcessBackend } from '../render-backend.ts'
import { configureLibvips } from '../sources/libvips.ts'
import { type ProcessTask, type ProcessTaskName, type ProcessTasks, toErrorReply } from './process-tasks.ts'

/** The body of the process that `child.ts` starts: one task after the other, until its parent is gone. */

// an exit would wait for what libvips computes, which nothing can interrupt
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// a terminal sends them to parent and children alike, but it is the parent who decides when work has ended
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
// where memory runs out, the kernel shall take this process first
writeFile('/proc/self/oom_score_adj', '1000').catch(() => {})

configureLibvips()
const backend = createInProcessBackend(Number(process.argv[2]))
const operations = loadOperations()

async function planOf({ recipe, settings }: ProcessTasks['render']['input']): Promise<Plan> {
  const plan = planDerivative(recipe.source, restoreSteps(recipe, await operations), recipe.format)
  return { ...plan, settings }
}

const handlers: {
  readonly [N in ProcessTaskName]: (input: ProcessTasks[N]['input']) => Promise<ProcessTasks[N]['output']>
} = {
  inspect: ({ path }) => backend.inspect(path),
  decodePage: ({ format, original, page }) => backend.decodePage(format, original, page),
  render: async task => backend.render(task.source, await planOf(task)),
  refine: async task => backend.refine(task.source, await planOf(task), task.standin),
  buildLadder: ({ original, spec }) => backend.buildLadder(original, spec),
  analyze: ({ source, facts }) => backend.analyze(source, planAnalysis(facts)),
}

const work = async <N extends ProcessTaskName>({ name, input }: ProcessTask<N>) => handlers[name](input)

process.on('message', async (task: ProcessTask) => {
  const reply = await work(task).then(output => ({ output }), toErrorReply)
  process.send?.(reply)
})
