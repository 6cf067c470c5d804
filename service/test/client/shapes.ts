import { type Api, createApi, type Image, type ReceivedImage } from 'darkroom/client'
import type { Test } from 'tap'
import type { Bench } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import type { Session } from '../support/session.ts'

export const jpeg = await photo(800, 600).jpeg().toBuffer()
export const blob = new Blob([jpeg], { type: 'image/jpeg' })

/** The API client, authenticated as the user of a session. */
export const apiOf = ({ url, token }: Session | Bench): Api =>
  createApi({ baseUrl: `${url}/`, token: async () => token })

/**
 * The kinds of values that each property may have. Every property of the client's type must be listed, else the test
 * does not compile.
 */
export type Shape<T> = Readonly<Record<keyof T, string>>

/** Checks that an answer has the properties of the client's type. Those marked with `?` may be absent. */
export function checkShape<T extends object>(t: Test, name: string, value: T, shape: Shape<T>): void {
  for (const [key, kinds] of Object.entries<string>(shape)) {
    const own: unknown = Reflect.get(value, key)
    if (own === undefined && kinds.endsWith('?')) continue
    const kind = own === null ? 'null' : Array.isArray(own) ? 'array' : typeof own
    t.ok(kinds.replace('?', '').split('|').includes(kind), `${name}.${key}: ${kind}, expected ${kinds}`)
  }
}

export const imageShape: Shape<Image> = {
  id: 'string',
  userId: 'string',
  title: 'string',
  tags: 'array',
  alt: 'string|null',
  metadata: 'object',
  format: 'string',
  width: 'number',
  height: 'number',
  pages: 'number',
  bytes: 'number',
  sha256: 'string',
  focal: 'object|null',
  rawUrl: 'string',
  thumbhash: 'string|null',
  fileName: 'string|null',
  createdAt: 'string',
  truncated: 'boolean?',
  deletedAt: 'string?',
  keptUntil: 'string?',
}

export const receivedShape: Shape<ReceivedImage> = { ...imageShape, duplicates: 'array' }
