import { signal } from '@preact/signals'
import { api } from './api.ts'

/** The most pages of users that are loaded: names of further users are shown as ids. */
const maxPages = 4
/** How long the names are kept, in milliseconds. */
const keptMs = 60_000

/** The email addresses of users, by id. Empty until `loadUserNames` has loaded them. */
export const userNames = signal<ReadonlyMap<string, string>>(new Map())
let loadedAt = Number.NEGATIVE_INFINITY

/** Loads the names of up to 800 users, unless they were loaded within the last minute. For administrators. */
export async function loadUserNames(): Promise<void> {
  if (performance.now() - loadedAt < keptMs) return
  loadedAt = performance.now()
  const names = new Map<string, string>()
  let cursor: string | undefined
  try {
    for (let page = 0; page < maxPages; page++) {
      const { items, nextCursor } = await api.users(cursor, undefined, 200)
      for (const { id, email } of items) names.set(id, email)
      if (nextCursor === null) break
      cursor = nextCursor
    }
  } catch {
    // ids are shown instead
    loadedAt = Number.NEGATIVE_INFINITY
  }
  userNames.value = names
}
