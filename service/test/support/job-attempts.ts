import type { Test } from 'tap'
import Type from 'typebox'
import { defineJob, type JobParts, type JobSpec } from '../../jobs/job.ts'
import { createJobHandler } from '../../jobs/job-handler.ts'
import { type FailedJob, FailedJobRepository } from '../../metadata/failed-jobs.ts'
import { UnfinishedJobRepository } from '../../metadata/unfinished-jobs.ts'
import { UserRepository } from '../../metadata/users.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { migratedDatabase } from './services/postgres.ts'

const Payload = Type.Object({ what: Type.String() })
const neverAborted = new AbortController().signal

interface AttemptOptions {
  readonly timeoutMs?: number
  readonly slowAttempts?: number
  readonly isOptional?: boolean
  /** Records failures instead of the database. */
  readonly record?: FailedJobRepository['record']
}

/** Opens a database in which attempts of a job named `try`, version 2, record their failures for `user`. */
export async function openJobAttempts(t: Test) {
  const database = await migratedDatabase(t)
  const failedJobs = new FailedJobRepository(database)
  const unfinishedJobs = new UnfinishedJobRepository(database)
  const account = { email: 'a@example.com', passwordHash: 'h', role: 'member' } as const
  const user = await new UserRepository(database).create(account)
  const metrics = createMetrics()

  /** A job whose work is `handle`, with the keys of the jobs that were given up, and the logged warnings. */
  function createAttempts(handle: JobSpec<typeof Payload>['handle'], options: AttemptOptions = {}) {
    const { timeoutMs = 5_000, slowAttempts = 3, isOptional = false } = options
    const { record = job => failedJobs.record(job) } = options
    const failed: string[] = []
    const type = defineJob({
      name: 'try',
      version: 2,
      payload: Payload,
      key: ({ what }) => what,
      subject: () => ({ userId: user.id, imageId: 'image1' }),
      maxAttempts: 3,
      slowAttempts,
      isOptional,
      timeoutMs,
      handle,
      onFailure: ({ what }) => failed.push(what),
    })
    const lines: unknown[][] = []
    const warn = (...line: unknown[]) => lines.push(line)
    const attempt = createJobHandler(type, {
      failedJobs: { clear: (name, key) => failedJobs.clear(name, key), record },
      unfinishedJobs,
      // the handlers of these tests use no parts
      jobParts: {} as JobParts,
      metrics,
      logger: Object.assign(createLogger('silent'), { warn }),
    })
    const run = (what: string, number: number, signal: AbortSignal = neverAborted) => {
      const job = { name: 'try', version: 2, key: what, payload: { what } }
      return attempt({ job, attempt: number, storedAt: Date.now() }, signal)
    }
    return { run, attempt, failed, lines }
  }

  /** The record of a job that failed, or that waits until a dependency is back. */
  const recorded = async (key: string): Promise<FailedJob | undefined> =>
    (await failedJobs.list(null, { limit: 100 })).items.find(item => item.key === key)

  return { database, failedJobs, unfinishedJobs, user, createAttempts, recorded }
}
