import { randomInt } from 'node:crypto'
import { messageOf } from '../../errors/catalogue.ts'
import type { Queryable } from '../../metadata/database.ts'
import type { HeldTask, Task, TaskRepository } from '../../metadata/tasks.ts'
import type { TaskTypes } from './registry.ts'
import { runSlice, type SliceParts } from './task-slice.ts'

export interface TaskRunnerParts extends Omit<SliceParts, 'leaseMs'> {
  readonly rows: TaskRepository
  readonly types: TaskTypes
  /** How long tasks must be due before this process takes them, in milliseconds; 0 for a process that runs jobs. */
  readonly overdueMs: number
}

/** How long a process that died holds its tasks at most, in milliseconds. */
const leaseMs = 10_000
/** How many tasks a process runs at the same time: they mostly wait for the database and the store. */
const maxRunning = 2
/** How many of them repeat by themselves at most, so that the tasks of users do not wait for slow chores. */
const maxChores = 1
/** How many remote tasks a process runs besides: they wait for servers of others. */
const maxRemote = 4
/** How often a process looks for tasks that other processes have created, in milliseconds; less often during an outage. */
const pollMs = 1_000
const outagePollMs = 5_000

/** Runs the tasks of a process, page by page, in turns of a few seconds each. */
export class TaskRunner {
  /** The names of the tasks that repeat by themselves. */
  readonly chores: readonly string[]
  readonly #parts: TaskRunnerParts
  readonly #kinds: readonly string[]
  readonly #remoteKinds: readonly string[]
  readonly #running = new Set<Promise<void>>()
  #runningChores = 0
  #runningRemote = 0
  readonly #stopping = new AbortController()
  readonly #aborting = new AbortController()
  #loop: Promise<void> | undefined
  #isWoken = false
  #resume = () => {}

  constructor(parts: TaskRunnerParts) {
    this.#parts = parts
    this.#kinds = [...parts.types.keys()]
    this.#remoteKinds = this.#kinds.filter(kind => parts.types.get(kind)?.isRemote)
    this.chores = this.#kinds.filter(kind => parts.types.get(kind)?.everyMs !== undefined)
  }

  /** Takes tasks from now on. Tasks that repeat become due at once; tests run them when they need them. */
  start({ withChores = true } = {}): void {
    this.#loop ??= this.#run(withChores)
  }

  /** Looks for a due task now. */
  wake(): void {
    this.#isWoken = true
    this.#resume()
  }

  /** Whether its owner can cancel a task of this kind. */
  isCancellable(kind: string): boolean {
    return this.#parts.types.get(kind)?.isCancellable ?? false
  }

  /** Prepares a task that has failed for being tried again. */
  async prepareRetry(
    { kind, payload }: Pick<Task, 'kind' | 'payload'>,
    transaction: Queryable,
  ): Promise<void> {
    await this.#parts.types.get(kind)?.read(payload)?.prepareRetry(transaction)
  }

  /** Takes no more tasks, and returns those that run: after their current page, or after `withinMs` milliseconds. */
  async drain(withinMs: number): Promise<void> {
    this.#stopping.abort()
    this.wake()
    await this.#loop
    const timer = setTimeout(() => this.#aborting.abort(), withinMs)
    await Promise.all(this.#running)
    clearTimeout(timer)
  }

  /** Runs tasks that repeat once from their beginning, whether they are due or not. Resolves after the last of them. */
  async runChores(kinds = this.chores): Promise<void> {
    const { rows } = this.#parts
    for (const kind of kinds) {
      await rows.startRepeating([kind])
      let task = await rows.claim({ kinds: [kind], leaseMs, overdueMs: 0 })
      while (task) {
        await this.#runSlice(task)
        task = await rows.claim({ kinds: [kind], leaseMs, overdueMs: 0 })
      }
    }
  }

  async #run(withChores: boolean): Promise<void> {
    const { rows, logger, overdueMs } = this.#parts
    let isPrepared = !withChores
    let isAway = false
    while (!this.#stopping.signal.aborted) {
      try {
        if (!isPrepared) await rows.startRepeating(this.chores)
        isPrepared = true
        const kinds = this.#kindsToTake(withChores)
        const remoteKinds = this.#remoteKinds
        const task =
          kinds.length > 0 ? await rows.claim({ kinds, leaseMs, overdueMs, remoteKinds }) : undefined
        isAway = false
        if (task) this.#begin(task)
        else await this.#pause(pollMs + randomInt(pollMs / 4))
      } catch (error) {
        if (!isAway) logger.warn({ reason: messageOf(error) }, 'failed to look for tasks')
        isAway = true
        await this.#pause(outagePollMs)
      }
    }
  }

  /** The kinds of tasks for which this process has a place now. */
  #kindsToTake(withChores: boolean): string[] {
    const hasPlace = this.#running.size - this.#runningRemote < maxRunning
    const takesChores = withChores && this.#runningChores < maxChores
    return this.#kinds.filter(kind => {
      if (this.#remoteKinds.includes(kind)) return this.#runningRemote < maxRemote
      return hasPlace && (takesChores || !this.chores.includes(kind))
    })
  }

  #begin(task: HeldTask): void {
    const chores = this.chores.includes(task.kind) ? 1 : 0
    const remote = this.#remoteKinds.includes(task.kind) ? 1 : 0
    this.#runningChores += chores
    this.#runningRemote += remote
    const running = this.#runSlice(task).finally(() => {
      this.#runningChores -= chores
      this.#runningRemote -= remote
      this.#running.delete(running)
      this.wake()
    })
    this.#running.add(running)
  }

  #runSlice(task: HeldTask): Promise<void> {
    const signals = { stopping: this.#stopping.signal, aborting: this.#aborting.signal }
    return runSlice({ ...this.#parts, leaseMs }, task, signals)
  }

  /** Waits until something may have changed, or until the time has passed. */
  async #pause(ms: number): Promise<void> {
    if (!this.#isWoken && !this.#stopping.signal.aborted) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, ms)
        this.#resume = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#isWoken = false
  }
}
