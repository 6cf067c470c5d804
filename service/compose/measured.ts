import { DarkroomError } from '../errors/catalogue.ts'
import type { Database, Queryable } from '../metadata/database.ts'
import type { ListDatabase } from '../metadata/list-database.ts'
import type { Queue } from '../queue/queue.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Timer } from '../telemetry/timings.ts'
import type { Infrastructure } from './infrastructure.ts'

/** Measures a call to a dependency. */
type Measure = <T>(operation: string, call: () => Promise<T>) => Promise<T>

/** Puts the database, the object store and the queue behind parts that measure each call. */
export function measureDependencies(opened: Infrastructure, metrics: Metrics): Infrastructure {
  const postgres = createMeasure(metrics, 'postgres')
  return {
    ...opened,
    database: measureDatabase(opened.database, postgres),
    lists: measureLists(opened.lists, postgres),
    store: measureStore(opened.store, createMeasure(metrics, 'store')),
    queue: measureQueue(opened.queue, createMeasure(metrics, 'queue')),
  }
}

function createMeasure(metrics: Metrics, dependency: string): Measure {
  const timers = new Map<string, Timer>()
  const timerOf = (operation: string) => {
    let timer = timers.get(operation)
    if (timer === undefined) {
      timer = metrics.timer('darkroom_dependency_seconds', dependency, operation)
      timers.set(operation, timer)
    }
    return timer
  }
  return async (operation, call) => {
    const startedAt = performance.now()
    try {
      return await call()
    } catch (error) {
      const code = faultOf(error)
      if (code) metrics.count('darkroom_dependency_errors_total', { dependency, operation, code })
      throw error
    } finally {
      timerOf(operation).record(performance.now() - startedAt)
    }
  }
}

/** The code of an error that the dependency is at fault for; undefined for a wrong argument, and for a caller that left. */
function faultOf(error: unknown): string | undefined {
  // any other error is a unique index that is violated, for example: Postgres works as it should
  return error instanceof DarkroomError && error.status >= 500 ? error.code : undefined
}

function measureDatabase(database: Database, measure: Measure): Database {
  return {
    query: (text, values) => measure('statement', () => database.query(text, values)),
    transaction: (work, begin) =>
      measure('transaction', () =>
        database.transaction(transaction => work(measureStatements(transaction, measure)), begin),
      ),
    get connections() {
      return database.connections
    },
    check: signal => database.check(signal),
    close: () => database.close(),
  }
}

const measureStatements = (db: Queryable, measure: Measure): Queryable => ({
  query: (text, values) => measure('statement', () => db.query(text, values)),
})

const measureLists = (lists: ListDatabase, measure: Measure): ListDatabase => ({
  run: (userId, work) => lists.run(userId, db => work(measureStatements(db, measure))),
  close: () => lists.close(),
})

/** Pages of lists are not measured one by one: what the caller does with a page would count, too. */
function measureStore(store: ObjectStore, measure: Measure): ObjectStore {
  const { presign, listMisplaced } = store
  return {
    put: (key, body, options) => measure('put', () => store.put(key, body, options)),
    open: (key, options) => measure('open', () => store.open(key, options)),
    read: (key, options) => measure('read', () => store.read(key, options)),
    size: (key, signal) => measure('size', () => store.size(key, signal)),
    delete: (keys, signal) => measure('delete', () => store.delete(keys, signal)),
    list: (prefix, signal) => store.list(prefix, signal),
    check: signal => measure('check', () => store.check(signal)),
    ...(presign && { presign: (...args) => presign.apply(store, args) }),
    ...(listMisplaced && { listMisplaced: (...args) => listMisplaced.apply(store, args) }),
    close: () => store.close(),
  }
}

function measureQueue(queue: Queue, measure: Measure): Queue {
  return {
    enqueue: job => measure('enqueue', () => queue.enqueue(job)),
    consume: (name, options) => queue.consume(name, options),
    broadcast: (topic, message) => queue.broadcast(topic, message),
    subscribe: (topic, receive) => queue.subscribe(topic, receive),
    countPending: name => measure('count', () => queue.countPending(name)),
    findOldestPending: name => measure('count', () => queue.findOldestPending(name)),
    check: signal => measure('check', () => queue.check(signal)),
    close: () => queue.close(),
  }
}
