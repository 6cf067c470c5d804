import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** A static file in memory, with its precompressed encodings. */
export interface StaticFile {
  /** Its path below the root, such as `assets/main-3f2a.js`. */
  readonly name: string
  readonly contentType: string
  readonly etag: string
  /** Whether its name contains a hash of its content, so that caches can keep it for ever. */
  readonly immutable: boolean
  readonly plain: Buffer
  readonly encoded: Readonly<Partial<Record<Encoding, Buffer>>>
}

/** Content codings with the extension of their precompressed files, the smallest first. */
const encodings = { br: '.br', gzip: '.gz' } as const
type Encoding = keyof typeof encodings

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * Reads every static file of a folder, for the dashboard some hundred kilobytes. Empty when the folder does not exist.
 */
export async function readStaticFiles(folder: string): Promise<StaticFile[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const files = names.filter(name => extname(name) in contentTypes)
  return Promise.all(files.map(name => readStaticFile(folder, name, names)))
}

async function readStaticFile(folder: string, name: string, names: readonly string[]): Promise<StaticFile> {
  const plain = await readFile(join(folder, name))
  const encoded: Partial<Record<Encoding, Buffer>> = {}
  for (const encoding of encodingNames) {
    const file = name + encodings[encoding]
    if (names.includes(file)) encoded[encoding] = await readFile(join(folder, file))
  }
  return {
    name: name.replaceAll('\\', '/'),
    contentType: contentTypes[extname(name)] ?? 'application/octet-stream',
    etag: etagOf(plain),
    immutable: name.startsWith('assets'),
    plain,
    encoded,
  }
}

/**
 * A static file from generated text, such as `docs.html`. It may change with the next start, so it is not immutable.
 */
export function createStaticFile(name: string, text: string): StaticFile {
  const plain = Buffer.from(text)
  const contentType = contentTypes[extname(name)] ?? 'text/plain; charset=utf-8'
  return {
    name,
    contentType,
    etag: etagOf(plain),
    immutable: false,
    plain,
    encoded: { gzip: gzipSync(plain) },
  }
}

const etagOf = (bytes: Buffer) => `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`

const encodingNames = ['br', 'gzip'] as const

/**
 * The smallest encoding that `Accept-Encoding` allows. Weights other than 0 are ignored, as any allowed one will do.
 */
export function negotiateEncoding(header: string | undefined, { encoded }: StaticFile): Encoding | undefined {
  const accepted = new Set(
    (header ?? '')
      .split(',')
      .filter(item => !/;\s*q=0(\.0*)?\s*$/.test(item))
      .map(item => (item.split(';', 1)[0] ?? '').trim().toLowerCase()),
  )
  return encodingNames.find(name => accepted.has(name) && encoded[name] !== undefined)
}
