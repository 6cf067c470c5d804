import { setTimeout as delay } from 'node:timers/promises'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import { userTag } from '../edge/surrogate-keys.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import { ErasureRepository } from '../metadata/erasure.ts'
import type { Task } from '../metadata/tasks.ts'
import { withUserData } from '../metadata/user-data.ts'
import { userDeletionName } from '../removal/user-deletion.ts'
import { createLogger } from '../telemetry/logger.ts'
import { commandLine } from './accounts.ts'
import type { Environment } from './command.ts'
import { draftReceipt, type ErasureReceipt, readReceipt, writeReceipt } from './erasure-receipt.ts'
import { withApp } from './open.ts'

/** How often the state of the deletion is read, in milliseconds. */
const pollMs = 500
/** How long the calls to CDNs are waited for, in milliseconds. They are made again for some minutes, by the service. */
const edgeMs = 60_000

export interface Erasure {
  /** An id or an email address. */
  readonly user: string
  readonly by: string
  /** The path of the file. */
  readonly receipt: string
  readonly onProgress: (done: number, total: number | null) => void
}

/**
 * Deletes a user and waits until all of their data is gone. The receipt is written before, as a draft, so that an erasure
 * that was broken off goes on with the same numbers. @throws DarkroomError `not-found`, `conflict` or `unavailable`
 */
export function eraseUser(environment: Environment, erasure: Erasure): Promise<ErasureReceipt> {
  return withApp(environment, async ({ app, config, signal }) => {
    const draft = (await readReceipt(erasure.receipt)) ?? (await begin(app, config, erasure))
    const erasing = new ErasureRepository(app.database)
    const user = await app.metadata.users.findById(draft.user)
    if (![draft.user, user?.email].includes(erasure.user.trim().toLowerCase()))
      throw new DarkroomError(
        'conflict',
        `--receipt: the file is about another user, expected --user ${draft.user}`,
      )
    if (user !== undefined) {
      // before the row is gone, which alone has the address: an erasure that breaks off then could not go on with it
      await erasing.forgetEmail(user.email)
      await app.auth.administration.remove(user.id)
      await app.auth.audit.record(commandLine, 'user.erase', user.id)
      // logins that failed meanwhile
      await erasing.forgetEmail(user.email)
    }
    await removeData(app, config, draft.user, erasure, signal)
    await erasing.forgetUser(draft.user)
    const purged = draft.cdn.configured && (await isPurged(erasing, draft.cdn.tag, signal))
    const receipt = {
      ...draft,
      finishedAt: new Date().toISOString(),
      cdn: { ...draft.cdn, purged },
      kept: await listKept(erasing, draft.user),
    }
    await writeReceipt(erasure.receipt, receipt)
    return receipt
  })
}

/** Counts the data, and writes the draft of the receipt. */
async function begin(app: App, config: Config, { user, by, receipt }: Erasure): Promise<ErasureReceipt> {
  const options = { url: app.databaseUrl, logger: createLogger('silent') }
  const hasCdn = config.DARKROOM_EDGE_PURGE !== undefined
  const draft = await withUserData(options, user, data =>
    draftReceipt(data, { by, tag: userTag(data.owner.id), hasCdn }),
  )
  if (draft === undefined) throw new DarkroomError('not-found', `no user has the id or the address ${user}`)
  await writeReceipt(receipt, draft)
  return draft
}

/** Runs the deletion in this process, unless a service runs it, until the user's row is gone. */
async function removeData(
  app: App,
  config: Config,
  userId: string,
  { onProgress }: Erasure,
  signal: AbortSignal,
): Promise<void> {
  const { deletedUsers } = app.metadata
  if (!(await deletedUsers.has(userId))) return
  // sends the calls to CDNs that the deletion enqueues in this process
  if (config.NATS_URL === undefined) await app.jobs.worker.start()
  await app.removal.userDeletion.enqueue(userId)
  app.jobs.tasks.start({ withChores: false })
  while (await deletedUsers.has(userId)) {
    await delay(pollMs, undefined, { signal })
    const task = await findTask(app, userId)
    if (task?.state === 'failed') throw new DarkroomError('unavailable', task.detail ?? 'the deletion failed')
    if (task) onProgress(task.done, task.total)
  }
}

/** The latest task that deletes the user's data. */
async function findTask({ metadata }: App, userId: string): Promise<Task | undefined> {
  const { items } = await metadata.taskList.list(null, [], { kind: userDeletionName, limit: 100 })
  return items.find(({ subject }) => subject === userId)
}

async function isPurged(erasing: ErasureRepository, tag: string, signal: AbortSignal): Promise<boolean> {
  const until = performance.now() + edgeMs
  while (await erasing.hasEdgeCalls(tag)) {
    if (performance.now() > until) return false
    await delay(pollMs, undefined, { signal })
  }
  return true
}

async function listKept(erasing: ErasureRepository, userId: string): Promise<ErasureReceipt['kept']> {
  const { auditEntries, usageDays } = await erasing.countKept(userId)
  return [
    {
      what: 'audit entries with the random id of the user, without addresses',
      rows: auditEntries,
      why: 'to prove what was done; deleted after a year',
    },
    {
      what: 'requests and bytes per day with the random id of the user',
      rows: usageDays,
      why: 'to account for what the service delivered',
    },
  ]
}
