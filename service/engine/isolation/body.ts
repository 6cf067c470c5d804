import { writeFile } from 'node:fs/promises'
import { loadOperations } from '../../operations/registry.ts'
import { type Plan, planDerivative } from '../../plan/plan.ts'
import { restoreSteps } from '../../plan/plan-input.ts'
import { craftHere } from '../craft.ts'
import { prepareLibvips } from '../libvips.ts'
import { planLook } from '../look.ts'
import { type Assignment, reportOf, type TaskName, type Tasks } from './tasks.ts'

/** The body of the process that `child.ts` starts: one task after the other, until its parent is gone. */

// an exit would wait for what libvips computes, which nothing can interrupt
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// a terminal sends them to parent and children alike, but it is the parent who decides when work has ended
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
// where memory runs out, the kernel shall take this process first
writeFile('/proc/self/oom_score_adj', '1000').catch(() => {})

prepareLibvips()
const craft = craftHere(Number(process.argv[2]))
const operations = loadOperations()

async function planOf({ recipe, settings }: Tasks['develop']['takes']): Promise<Plan> {
  const plan = planDerivative(recipe.source, restoreSteps(recipe, await operations), recipe.format)
  return { ...plan, settings }
}

const doers: { readonly [N in TaskName]: (takes: Tasks[N]['takes']) => Promise<Tasks[N]['gives']> } = {
  inspect: ({ path }) => craft.inspect(path),
  rung: ({ format, original, page }) => craft.rung(format, original, page),
  develop: async task => craft.develop(task.material, await planOf(task)),
  refine: async task => craft.refine(task.material, await planOf(task), task.standin),
  ladder: ({ original, order }) => craft.ladder(original, order),
  look: ({ material, facts }) => craft.look(material, planLook(facts)),
}

const work = async <N extends TaskName>({ task, takes }: Assignment<N>) => doers[task](takes)

process.on('message', async (assignment: Assignment) => {
  const report = await work(assignment).then(gives => ({ gives }), reportOf)
  process.send?.(report)
})
