import { type Basis, billOf, type Deployment, type Needs, needsOf } from './sizing.ts'
import { amountOf, table } from './tables.ts'

const percent = (part: number, whole: number) => amountOf((100 * part) / whole)
const millionsOf = (count: number) => amountOf(count / 1e6)

/** The needs of the first step with one thing changed. */
const vary = (basis: Basis, { deployment }: Needs, change: Partial<Deployment>) =>
  needsOf(basis, { ...deployment, hasCdn: false, ...change })

/** The memory tier of all processes, from a quarter of the default to a hundred times it. */
export function memoryTable(basis: Basis, first: Needs): string {
  const rows = [64, 256, 1024, 4096, 16_384].map(memoryMb => {
    const { counts, cores, gets } = vary(basis, first, { memoryMb })
    const { memory, store, origin } = counts
    return [
      amountOf(memoryMb),
      percent(memory, origin),
      percent(store, origin),
      amountOf(gets),
      amountOf(cores),
    ]
  })
  return `\`DARKROOM_MEMORY_CACHE_MB\`, of all processes together, without a CDN:\n\n${table(
    ['MiB', 'from memory, %', 'from the store, %', 'reads of the store a second', 'cores of machines'],
    rows,
  )}`
}

/** Several processes, whose caches hold the same images unless requests are hashed by path. */
export function routingTable(basis: Basis, first: Needs): string {
  const memoryMb = 4096
  const rows = [1, 4, 16].map(processes => {
    const shares = (['hash', 'random'] as const).map(routing => {
      const { memory, origin } = vary(basis, first, { memoryMb, processes, routing }).counts
      return percent(memory, origin)
    })
    return [amountOf(processes), ...shares]
  })
  return `Processes that divide ${amountOf(memoryMb)} MiB, and how requests are divided: by path, as [\`nginx.conf\`](deployment.md#nginx) does, or evenly, as most load balancers do:\n\n${table(
    ['processes', 'from memory by path, %', 'evenly, %'],
    rows,
  )}`
}

/** How long the CDN keeps what is not requested. */
export function cdnTable(basis: Basis, first: Needs): string {
  const rows = [1, 24, 168].map(cdnHours => {
    const needs = vary(basis, first, { hasCdn: true, cdnHours })
    const { edge, requests, origin } = needs.counts
    return [amountOf(cdnHours), percent(edge, requests), millionsOf(origin), amountOf(needs.cores)]
  })
  return `A CDN with ${basis.inputs['cdn-locations']} locations that keeps an image for so many hours after its last request at that location:\n\n${table(
    ['hours', 'answered by the CDN, %', 'million requests a day left', 'cores of machines'],
    rows,
  )}`
}

/** A budget for derivatives saves storage and costs renderings. */
export function budgetTable(basis: Basis, first: Needs): string {
  const { storedBytes } = vary(basis, first, {}).counts
  const rows = [1.1, 0.75, 0.5, 0.25].map(share => {
    const storeGb = (storedBytes * share) / 1e9
    const needs = vary(basis, first, { storeGb })
    const { rendered, standins } = needs.counts
    const { machines, store } = billOf(basis.inputs, needs)
    return [
      share > 1 ? 'none' : amountOf(storeGb),
      amountOf(needs.storeTb * 1000),
      amountOf((rendered + standins) / 1000),
      amountOf(needs.cores),
      amountOf(machines + store),
    ]
  })
  return `\`DARKROOM_STORE_MAX_GB\`; the object store also has originals:\n\n${table(
    ['GB', 'object store, GB', 'thousand renderings a day', 'cores of machines', '$ a month for both'],
    rows,
  )}`
}
