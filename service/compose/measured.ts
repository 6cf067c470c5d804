import { DarkroomError } from '../errors/catalogue.ts'
import type { Database, Queryable } from '../metadata/database.ts'
import type { ListDatabase } from '../metadata/list-database.ts'
import type { Queue } from '../queue/queue.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Timer } from '../telemetry/timings.ts'
import { type SpanSpec, traced } from '../telemetry/tracing.ts'
import type { Infrastructure } from './infrastructure.ts'

/** Measures a call to a dependency. */
type Measure = <T>(operation: string, call: () => Promise<T>, detail?: string) => Promise<T>

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

const specs = {
  postgres: (operation: string, text: string): SpanSpec => {
    const verb =
      operation === 'statement' ? (/[a-z]+/i.exec(text)?.[0] ?? operation).toUpperCase() : operation
    const attributes = {
      ...{ 'db.system.name': 'postgresql', 'db.operation.name': verb },
      // values are parameters, so the text has none
      ...(text !== '' && { 'db.query.text': text.replace(/\s+/g, ' ').trim().slice(0, maxText) }),
    }
    return { name: `${verb} postgresql`, kind: 'client', attributes }
  },
  store: (operation: string, key: string): SpanSpec => {
    const attributes = {
      'darkroom.store.operation': operation,
      ...(key !== '' && { 'darkroom.store.key': key }),
    }
    return { name: `store ${operation}`, kind: 'client', attributes }
  },
  queue: (operation: string, name: string): SpanSpec => ({
    name: `${operation === 'enqueue' ? 'send' : operation} ${name}`,
    kind: operation === 'enqueue' ? 'producer' : 'client',
    attributes: {
      ...{ 'messaging.operation.name': operation, 'messaging.destination.name': name },
      ...(operation === 'enqueue' && { 'messaging.operation.type': 'send' }),
    },
  }),
} as const

/** The longest text of a statement in a span. */
const maxText = 1_000

function createMeasure(metrics: Metrics, dependency: keyof typeof specs): Measure {
  const timers = new Map<string, Timer>()
  const timerOf = (operation: string) => {
    let timer = timers.get(operation)
    if (timer === undefined) {
      timer = metrics.timer('darkroom_dependency_seconds', dependency, operation)
      timers.set(operation, timer)
    }
    return timer
  }
  const specOf = specs[dependency]
  const measure: Measure = async (operation, call) => {
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
  return (operation, call, detail = '') =>
    measure(operation, () => traced(() => specOf(operation, detail), call))
}

/** The code of an error that the dependency is at fault for; undefined for a wrong argument, and for a caller that left. */
function faultOf(error: unknown): string | undefined {
  // any other error is a unique index that is violated, for example: Postgres works as it should
  return error instanceof DarkroomError && error.status >= 500 ? error.code : undefined
}

function measureDatabase(database: Database, measure: Measure): Database {
  return {
    query: (text, values) => measure('statement', () => database.query(text, values), text),
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
  query: (text, values) => measure('statement', () => db.query(text, values), text),
})

const measureLists = (lists: ListDatabase, measure: Measure): ListDatabase => ({
  run: (userId, work) => lists.run(userId, db => work(measureStatements(db, measure))),
  close: () => lists.close(),
})

/** Pages of lists are not measured one by one: what the caller does with a page would count, too. */
function measureStore(store: ObjectStore, measure: Measure): ObjectStore {
  const { presign, listMisplaced } = store
  return {
    put: (key, body, options) => measure('put', () => store.put(key, body, options), key),
    open: (key, options) => measure('open', () => store.open(key, options), key),
    read: (key, options) => measure('read', () => store.read(key, options), key),
    size: (key, signal) => measure('size', () => store.size(key, signal), key),
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
    enqueue: job => measure('enqueue', () => queue.enqueue(job), job.name),
    consume: (name, options) => queue.consume(name, options),
    broadcast: (topic, message) => queue.broadcast(topic, message),
    subscribe: (topic, receive) => queue.subscribe(topic, receive),
    countPending: name => measure('count', () => queue.countPending(name), name),
    findOldestPending: name => measure('count', () => queue.findOldestPending(name), name),
    check: signal => measure('check', () => queue.check(signal)),
    close: () => queue.close(),
  }
}
