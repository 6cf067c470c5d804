import { computed, signal } from '@preact/signals'
import { api } from './api.ts'
import type { Image } from './api-types.ts'
import { errorMessage, Problem } from './calls.ts'
import { isInterrupted } from './interruption.ts'
import { isAway } from './reachability.ts'
import { hasSessionEnded, user } from './session.ts'
import { announceArrival } from './uploads/queue.ts'

/** Concurrent imports. More would take upload slots from the user's other requests. */
const maxConcurrent = 3
/** How often the service is asked whether the imported images are prepared, and for how long, in milliseconds. */
const pollMs = 2_000
const patienceMs = 120_000
/** The maximum number of ids in one request of the image list. */
const maxIds = 100

/** The import of one address. `preparing`: it is in the library, and a job makes its preview and smaller copies. */
export interface Import {
  readonly id: number
  readonly url: string
  readonly state: 'waiting' | 'fetching' | 'preparing' | 'done' | 'failed'
  /** Why it failed, or what is notable about it; otherwise empty. */
  readonly note: string
  readonly tags: readonly string[]
  readonly image?: Image
  /** When its image arrived. */
  readonly arrivedAt?: number
}

/** All imports, in the order in which they were added. They go on while other views are shown. */
export const imports = signal<readonly Import[]>([])

const isOpen = ({ state }: Import) => state === 'waiting' || state === 'fetching'
/** How many addresses have no result yet. */
export const openImports = computed(() => imports.value.filter(isOpen).length)

let last = 0
let polling = false
/** Aborts the requests of the signed-in user. */
let requests = new AbortController()

export function importAll(urls: readonly string[], tags: readonly string[]): void {
  const added = urls.map((url): Import => ({ id: ++last, url, state: 'waiting', note: '', tags }))
  imports.value = [...imports.value, ...added]
  startNext()
}

export function retryFailed(): void {
  imports.value = imports.value.map(one =>
    one.state === 'failed' ? { ...one, state: 'waiting', note: '' } : one,
  )
  startNext()
}

/** Drops the imports that have not begun. */
export function stopWaiting(): void {
  imports.value = imports.value.filter(({ state }) => state !== 'waiting')
}

/** Removes all imports that have a result. */
export function clearImports(): void {
  imports.value = imports.value.filter(isOpen)
}

// the browser asks before the page closes while imports would be lost
addEventListener('beforeunload', event => {
  if (openImports.value > 0) event.preventDefault()
})

// the next user of this page must not see the addresses, and not import them
user.subscribe(signedIn => {
  if (signedIn !== null) return
  requests.abort()
  requests = new AbortController()
  imports.value = []
})

// after a new sign-in, and when the service is back
hasSessionEnded.subscribe(startNext)
isAway.subscribe(startNext)

function update(id: number, changes: Partial<Import>): void {
  imports.value = imports.value.map(one => (one.id === id ? { ...one, ...changes } : one))
}

function startNext(): void {
  if (!user.value || hasSessionEnded.value || isAway.value) return
  const running = imports.value.filter(({ state }) => state === 'fetching').length
  const next = imports.value.filter(({ state }) => state === 'waiting').slice(0, maxConcurrent - running)
  for (const one of next) start(one)
}

async function start({ id, url, tags }: Import): Promise<void> {
  update(id, { state: 'fetching' })
  const { signal } = requests
  try {
    const image = await api.importImage(url, titleOf(url), tags, signal)
    if (signal.aborted) return
    const isKnown = image.duplicates.length > 0
    update(id, {
      state: 'preparing',
      note: isKnown ? 'was already in your library' : '',
      image,
      arrivedAt: Date.now(),
    })
    announceArrival(image)
    if (!polling) poll()
  } catch (error) {
    if (signal.aborted) return
    const isSessionOver = error instanceof Problem && error.code === 'session-ended'
    const isWaiting = isSessionOver || isInterrupted(error)
    update(id, isWaiting ? { state: 'waiting' } : { state: 'failed', note: reasonOf(error) })
  }
  startNext()
}

/** The API names its field `url`; here the address stands beside the reason. */
function reasonOf(error: unknown): string {
  const text = errorMessage(error).replace(/^url: /i, '')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** The file's name without its extension, as far as a title can hold it. */
export function titleOf(url: string): string {
  const [name = ''] = new URL(url).pathname.split('/').slice(-1)
  return (
    decoded(name)
      .replace(/\.[^.]+$/, '')
      .slice(0, 200)
      // control characters, and half of a character that the cut has left
      .replace(/[\p{Cc}\p{Cs}]/gu, '')
  )
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** Asks until the jobs of all imported images have finished or failed. */
async function poll(): Promise<void> {
  polling = true
  while (imports.value.some(({ state }) => state === 'preparing')) {
    await new Promise(resolve => setTimeout(resolve, pollMs))
    await updatePreparing().catch(() => {})
  }
  polling = false
}

async function updatePreparing(): Promise<void> {
  const overdue = Date.now() - patienceMs
  for (const one of imports.value) {
    if (one.state === 'preparing' && (one.arrivedAt ?? 0) < overdue) {
      update(one.id, { state: 'done', note: 'imported; its preview takes longer than usual' })
    }
  }
  const open = imports.value.filter(({ state }) => state === 'preparing').slice(0, maxIds)
  if (open.length === 0) return
  const ids = open.map(({ image }) => image?.id ?? '').join(',')
  const [{ items }, { items: jobs }] = await Promise.all([api.images({ ids, limit: maxIds }), api.jobs()])
  for (const { id, note, image } of open) {
    const job = jobs.find(({ imageId, state }) => imageId === image?.id && state !== 'waiting')
    if (job) update(id, { state: 'done', note: `imported, but ${job.name} failed: ${job.detail}` })
    else if (items.some(one => one.id === image?.id && one.thumbhash !== null)) {
      update(id, { state: 'done', note })
    }
  }
}
