import { loadOperations } from '../../operations/registry.ts'
import { type Plan, planDerivative } from '../../plan/plan.ts'
import { restoreSteps } from '../../plan/plan-input.ts'
import { planAnalysis } from '../insight/analysis.ts'
import { createInProcessBackend } from '../render-backend.ts'
import type { ProcessTasks } from './process-tasks.ts'
import { serveTasks } from './serve-tasks.ts'

/** Entry point of the process that renders. See `isolated-process.ts`. */

const backend = createInProcessBackend(Number(process.argv[2]))
const operations = loadOperations()

async function planFor({ planInput, settings }: ProcessTasks['render']['input']): Promise<Plan> {
  const plan = planDerivative(planInput.source, restoreSteps(planInput, await operations), planInput.format)
  return { ...plan, settings }
}

serveTasks<'render' | 'refine' | 'buildLadder' | 'decodeCopy' | 'analyze'>({
  render: async task => backend.render(task.source, await planFor(task)),
  refine: async task => backend.refine(task.source, await planFor(task), task.standin),
  buildLadder: ({ original, spec }) => backend.buildLadder(original, spec),
  decodeCopy: ({ original, spec }) => backend.decodeCopy(original, spec),
  analyze: ({ source, facts }) => backend.analyze(source, planAnalysis(facts)),
})
