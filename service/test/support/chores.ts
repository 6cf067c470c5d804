import type { Bench } from './build.ts'

/** Those chores that enqueue work again that was lost with a process or with the queue. */
const outbox = ['lost-ingests', 'lost-jobs', 'due-eager-derivatives', 'due-deliveries', 'due-edge-calls']

/** Runs every chore now, as after a restart of the service. */
export const sweep = ({ app }: Pick<Bench, 'app'>) => app.jobs.tasks.runChores()

/** Enqueues overdue work again. */
export const sweepOutbox = ({ app }: Pick<Bench, 'app'>) => app.jobs.tasks.runChores(outbox)
