import Type from 'typebox'
import { TaskEndRepository } from '../../metadata/task-ends.ts'
import { TaskRepository } from '../../metadata/tasks.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { migratedDatabase } from '../../test/support/services/postgres.ts'
import t from '../../test/support/tap.ts'
import { until } from '../../test/support/until.ts'
import { defineChore, defineTask, hourMs } from './task.ts'
import { TaskRunner, type TaskRunnerParts } from './task-runner.ts'

t.test('slow chores leave a place for the tasks of users', async t => {
  const db = await migratedDatabase(t)
  let end = () => {}
  const over = new Promise<void>(resolve => {
    end = resolve
  })
  const begun: string[] = []
  const chore = (name: string) =>
    defineChore({
      ...{ name, everyMs: hourMs, position: Type.Object({}), start: {} },
      async runPage() {
        begun.push(name)
        await over
        return { done: 1 }
      },
    })
  const work = defineTask({
    ...{ name: 'work', payload: Type.Object({}), position: Type.Object({}), start: {} },
    key: () => '',
    subject: () => ({ userId: null, text: '' }),
    runPage: async () => ({ done: 1 }),
  })
  const rows = new TaskRepository(db)
  const runner = new TaskRunner({
    rows,
    ends: new TaskEndRepository(db),
    types: new Map([chore('first'), chore('second'), work].map(type => [type.name, type])),
    // none of these tasks uses a part of the service
    taskParts: {} as TaskRunnerParts['taskParts'],
    engine: { load: { running: 0, waiting: 0, inspecting: 0, background: 0, oldestMs: 0, memoryBytes: 0 } },
    metrics: { jobEnded: () => {} },
    logger: createLogger('silent'),
    overdueMs: 0,
  })
  runner.start()
  t.teardown(() => runner.drain(1_000))
  await until('a chore runs', 5_000, async () => begun.length > 0)
  await rows.create({ kind: 'work', key: '', userId: null, subject: '', payload: {} })
  runner.wake()
  const states = () => db.query<{ state: string }>(`select state from tasks where kind = 'work'`)
  await until('the task is done', 5_000, async () => (await states())[0]?.state === 'done')
  t.equal(begun.length, 1)
  end()
  await until('the other chore runs, too', 5_000, async () => begun.length === 2)
})
