import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { originalKey } from '../../storage/keys.ts'
import type { Bench } from './build.ts'
import { objectsOf } from './objects.ts'
import { bytesOf, type Session, type ShownImage } from './session.ts'

/** The image in the answer to a replacement. */
export type Received = ShownImage & { readonly duplicates: readonly string[] }

const color = (background: string, width = 1400, height = 1000) =>
  sharp({ create: { width, height, channels: 3, background } })
export const red = await color('#f00').jpeg().toBuffer()
export const blue = await color('#00f', 1000, 1400).png().toBuffer()
export const green = await color('#0f0').jpeg().toBuffer()
export const sha256Of = (file: Buffer) => createHash('sha256').update(file).digest('hex')

export const pathOf = (id: string) => `/api/v1/images/${id}/original`
/** Replaces the original of an image. */
export function replace(
  session: Pick<Session, 'get'>,
  id: string,
  file: Buffer,
  fields: Record<string, string> = {},
) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([file]), 'new.png')
  return session.get(pathOf(id), { method: 'PUT', body: form })
}

/** The color in the middle of the image behind a URL. */
export async function colorOf(url: string): Promise<string> {
  const image = sharp(await bytesOf(await fetch(url)))
  const { width, height } = await image.metadata()
  const middle = { left: Math.floor(width / 2), top: Math.floor(height / 2), width: 1, height: 1 }
  const data = await image.extract(middle).removeAlpha().raw().toBuffer()
  const index = [...data].indexOf(Math.max(...data))
  return ['red', 'green', 'blue'][index] ?? ''
}

export const at = (url: string, base: string) => {
  const { pathname, search } = new URL(url)
  return `${base}${pathname}${search}`
}

/** The originals, pages and rungs of an image that do not belong to its current original. */
export async function staleObjects(bench: Bench, id: string): Promise<string[]> {
  const [row] = await bench.app.database.query<{ version: string | null; extension: string }>(
    'select original_version as version, extension from images where id = $1',
    [id],
  )
  const own = `${originalKey('u', id, row!.extension, row!.version).split('/').at(-1)}`
  const names = await objectsOf(bench, 'raw', 'rungs')
  return names.filter(
    name => name.startsWith(id) && name !== own && !name.startsWith(`${id}-v${row!.version}-`),
  )
}
