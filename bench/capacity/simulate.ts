import { LRUCache } from 'lru-cache'
import { coveredMs } from '../../service/cache/freshness.ts'
import { createRandom } from '../random.ts'
import { type EdgeTerms, type Held, SimulatedEdge, SimulatedMemory, SimulatedStore } from './tiers.ts'
import { secondsOfDay, type Trace, type TraceRequest } from './trace.ts'

/** What a trace is sent through. */
export interface Terms {
  /** The http processes, and the bytes of the memory tier of each. */
  readonly processes: number
  readonly memoryBytes: number
  /** `hash`: all requests for a path go to one process, as nginx.conf does; `random`: to any. */
  readonly routing: 'hash' | 'random'
  /** Whether workers make finals. Otherwise the process itself does, and has them in memory then. */
  readonly hasWorkers?: boolean
  readonly edge?: EdgeTerms
  /** `DARKROOM_STORE_MAX_GB` in bytes. */
  readonly storeBytes?: number
  /** `DARKROOM_FINAL_REQUESTS`. */
  readonly finalRequests: number
  /** The bytes of a final divided by those of its stand-in. */
  readonly finalShare: number
  /** How large the other caches of a process are, for a scale model: 1 for their full size. */
  readonly scale: number
  /** Requests of the first seconds fill the caches and do not count. */
  readonly warmUpSeconds: number
}

/** What became of the requests that count. */
export interface Counts {
  /** Requests of visitors, and how many of them a CDN answered. */
  requests: number
  edge: number
  /** Requests that the http processes answered. */
  origin: number
  memory: number
  store: number
  /** Rendered for the request: with an ordinary encoding, and a stand-in. */
  rendered: number
  standins: number
  shared: number
  /** Those from memory and from the store whose response was not prepared (`service/http/response-cache.ts`). */
  firstMemory: number
  firstStore: number
  finals: number
  evicted: number
  /** Bytes that visitors and the origin's clients received. */
  bytes: number
  originBytes: number
  /** Statements that read the row of an image or of a stand-in. */
  rowReads: number
}

/** The state of the store when the trace has ended. */
export interface Result extends Counts {
  readonly storedBytes: number
  readonly storedCount: number
}

/** How long a rendering takes in which others join it, and how long after its order a final is stored, in seconds. */
const renderSeconds = 0.1
const finalSeconds = 5
/** The limits of `response-cache.ts`, `image-directory.ts` and `final-orders.ts`. */
const maxPrepared = 20_000
const maxRows = 100_000
const maxStandins = 10_000

const zero = (): Counts => ({
  ...{ requests: 0, edge: 0, origin: 0, memory: 0, store: 0, rendered: 0, standins: 0, shared: 0 },
  ...{ firstMemory: 0, firstStore: 0, finals: 0, evicted: 0, bytes: 0, originBytes: 0, rowReads: 0 },
})

/** The caches of an http process. */
class SimulatedProcess {
  readonly memory: SimulatedMemory
  /** When responses were prepared, and of which variant. */
  readonly prepared: LRUCache<number, { readonly at: number; readonly isFinal: boolean }>
  readonly rows: LRUCache<number, number>
  readonly standinRequests: LRUCache<number, number>

  constructor({ memoryBytes, scale }: Terms) {
    const most = (count: number) => Math.max(1, Math.round(count * scale))
    this.memory = new SimulatedMemory(memoryBytes)
    this.prepared = new LRUCache({ max: most(maxPrepared) })
    this.rows = new LRUCache({ max: most(maxRows) })
    this.standinRequests = new LRUCache({ max: most(maxStandins) })
  }
}

interface Order {
  readonly request: TraceRequest
  readonly at: number
}

class Simulation {
  readonly #terms: Terms
  readonly #processes: SimulatedProcess[]
  readonly #store: SimulatedStore
  readonly #edge: SimulatedEdge | undefined
  readonly #random = createRandom(7)
  /** When renderings end. */
  readonly #flights = new Map<number, number>()
  /** Finals in the order of their times; those before `#nextFinal` are made. */
  readonly #finals: Order[] = []
  readonly #ordered = new Set<number>()
  #nextFinal = 0
  #hour = 0
  counts = zero()

  constructor(trace: Trace, terms: Terms) {
    this.#terms = terms
    this.#processes = Array.from({ length: terms.processes }, () => new SimulatedProcess(terms))
    this.#store = new SimulatedStore(trace.stored, terms.storeBytes)
    this.#edge = terms.edge && new SimulatedEdge(terms.edge)
  }

  get result(): Result {
    return { ...this.counts, storedBytes: this.#store.bytes, storedCount: this.#store.count }
  }

  request(request: TraceRequest): void {
    const { second, bytes } = request
    this.#advance(second)
    this.counts.requests++
    this.counts.bytes += bytes
    if (this.#edge === undefined) {
      this.#deliver(request)
      return
    }
    const location = Math.floor(this.#random() * (this.#terms.edge?.locations ?? 1))
    const result = this.#edge.request(location, request, second)
    if (result !== 'miss') this.counts.edge++
    if (result !== 'hit') this.#edge.keep(location, request.key, this.#deliver(request), second)
  }

  /** Makes the finals that are due, and runs the hourly task. */
  #advance(second: number): void {
    for (let order = this.#finals[this.#nextFinal]; order && order.at <= second; ) {
      this.#finish(order)
      order = this.#finals[++this.#nextFinal]
    }
    for (; this.#hour < Math.floor(second / 3600); this.#hour++) {
      const before = this.#store.evicted
      this.#store.evict()
      this.counts.evicted += this.#store.evicted - before
    }
  }

  /** Stores a final. The process that made it has it in memory then; others read it from the store. */
  #finish({ request: { key, second }, at }: Order): void {
    this.#ordered.delete(key)
    const standin = this.#store.read(key)
    if (standin === undefined || standin.isFinal) return
    const final = { bytes: Math.round(standin.bytes * this.#terms.finalShare), isFinal: true }
    this.#store.put(key, final, Math.floor(second / secondsOfDay))
    this.counts.finals++
    const [only, ...others] = this.#processes
    if (others.length === 0 && !this.#terms.hasWorkers) only?.memory.set(key, final, at)
    else for (const { memory } of this.#processes) memory.expireStandin(key)
  }

  /** Answers a request of a client of the http processes. @returns whether the response is final */
  #deliver(request: TraceRequest): boolean {
    const { key, second } = request
    const { processes, routing } = this.#terms
    const share = routing === 'hash' ? (key * 0.6180339887498949) % 1 : this.#random()
    const process = this.#processes[Math.floor(share * processes)]
    if (process === undefined) throw new Error('a simulation needs a process')
    this.counts.origin++
    const held = this.#find(process, request)
    this.counts.originBytes += held.bytes
    this.#store.use(key, Math.floor(second / secondsOfDay))
    if (!held.isFinal) this.#countStandin(process, request)
    process.prepared.set(key, this.#preparedOf(process, request, held))
    return held.isFinal
  }

  #find(process: SimulatedProcess, request: TraceRequest): Held {
    const { key, second } = request
    if (second < (this.#flights.get(key) ?? 0)) {
      this.counts.shared++
      this.#readRow(process, request)
      return { bytes: request.bytes, isFinal: !request.isExpensive }
    }
    const held = process.memory.get(key, second)
    if (held) {
      this.counts.memory++
      if (!this.#isPrepared(process, request, held)) {
        this.counts.firstMemory++
        this.#readRow(process, request)
      }
      return held
    }
    return this.#readFromStore(process, request) ?? this.#render(process, request)
  }

  #readFromStore(process: SimulatedProcess, request: TraceRequest): Held | undefined {
    const { key, second } = request
    const stored = this.#store.read(key)
    if (stored === undefined) return undefined
    this.counts.store++
    if (!stored.isFinal || !this.#isPrepared(process, request, stored)) {
      this.counts.firstStore++
      this.#readRow(process, request)
      // stored bytes of such a derivative count as final only if their row says so
      if (request.isExpensive) this.counts.rowReads++
    }
    process.memory.set(key, stored, second)
    // another process has rendered it, or this one long ago
    if (!stored.isFinal && !process.standinRequests.has(key)) process.standinRequests.set(key, 1)
    return stored
  }

  #render(process: SimulatedProcess, request: TraceRequest): Held {
    const { key, second, bytes, isExpensive } = request
    if (isExpensive) this.counts.standins++
    else this.counts.rendered++
    this.#readRow(process, request)
    const held = { bytes, isFinal: !isExpensive }
    this.#flights.set(key, second + renderSeconds)
    process.memory.set(key, held, second)
    this.#store.put(key, held, Math.floor(second / secondsOfDay))
    return held
  }

  #isPrepared({ prepared }: SimulatedProcess, { key, second }: TraceRequest, { isFinal }: Held): boolean {
    const found = prepared.get(key)
    return found !== undefined && found.isFinal === isFinal && second - found.at < coveredMs / 1000
  }

  /** A prepared response is used for a minute, then it is prepared anew. */
  #preparedOf(process: SimulatedProcess, request: TraceRequest, held: Held) {
    const found = this.#isPrepared(process, request, held) ? process.prepared.peek(request.key) : undefined
    return found ?? { at: request.second, isFinal: held.isFinal }
  }

  /** Reads the row of the image unless it was read within the last minute. */
  #readRow({ rows }: SimulatedProcess, { image, second }: TraceRequest): void {
    if (second - (rows.get(image) ?? Number.NEGATIVE_INFINITY) < coveredMs / 1000) return
    rows.set(image, second)
    this.counts.rowReads++
  }

  #countStandin({ standinRequests }: SimulatedProcess, request: TraceRequest): void {
    const { key, second } = request
    const requests = (standinRequests.get(key) ?? 0) + 1
    standinRequests.set(key, requests)
    if (requests < this.#terms.finalRequests || this.#ordered.has(key)) return
    this.#ordered.add(key)
    this.#finals.push({ request, at: second + finalSeconds })
  }
}

/** Sends a trace through the tiers. */
export function simulate(trace: Trace, terms: Terms): Result {
  const simulation = new Simulation(trace, terms)
  let isWarm = false
  for (const request of trace.requests) {
    if (!isWarm && request.second >= terms.warmUpSeconds) {
      isWarm = true
      simulation.counts = zero()
    }
    simulation.request(request)
  }
  return simulation.result
}
