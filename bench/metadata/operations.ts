import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import type pg from 'pg'
import type { Service } from '../service.ts'
import type { Budget } from './measure.ts'

/** The pause between two looks at work in the background, in milliseconds. */
const lookMs = 500

/** What the operations use. */
export interface Site {
  readonly admin: Service
  readonly large: Service
  readonly largeUser: string
  /** A connection of the benchmark itself, which is not measured. */
  readonly client: pg.Client
  /** Images of the large user: each is for one operation that changes or removes it. */
  readonly images: Iterator<string>
  /** The path of a small original. */
  readonly picture: string
}

export interface Operation {
  readonly name: string
  readonly budget: Budget
  /** The number of images that the budget is multiplied by; 1 by default. */
  readonly countImages?: (site: Site) => Promise<number>
  /** Does what must be there first, which is not measured. @returns the work */
  readonly prepare: (site: Site) => Promise<() => Promise<unknown>>
}

/** Calls a route. @throws Error for a status of 400 and above */
export async function call(service: Service, method: string, path: string, body?: FormData | object) {
  const response = await service.call(method, path, body)
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`)
  return text === '' ? undefined : JSON.parse(text)
}

export function nextImage({ images }: Site): string {
  const next = images.next()
  if (next.done) throw new Error('the large user has no image left for this operation')
  return next.value
}

/** A form with a copy of the picture: bytes after its end make its content a new one. */
export async function uploadForm({ picture }: Site): Promise<FormData> {
  const form = new FormData()
  const trailer = Buffer.from(`copy ${Math.random()}`)
  form.set('file', new Blob([await readFile(picture), trailer]), 'upload.jpg')
  return form
}

/** Waits until a query of the database finds nothing. */
export async function untilNone({ client }: Site, sql: string, values: readonly unknown[]): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ found: boolean }>(`select exists (${sql}) as found`, [...values])
    if (!rows[0]?.found) return
    await setTimeout(lookMs)
  }
}

/** The number of images of the large user that meet a condition. */
export async function countImages({ client, largeUser }: Site, condition: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select count(*) from images where user_id = $1 and ${condition}`,
    [largeUser],
  )
  return Number(rows[0]?.count)
}
