import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** One file as it is sent, in every encoding that it was built in. */
export interface StaticFile {
  /** Its path below the root, such as `assets/main-3f2a.js`. */
  readonly name: string
  readonly contentType: string
  readonly etag: string
  /** Its name holds a hash of its bytes, so it can be kept for ever. */
  readonly immutable: boolean
  readonly plain: Buffer
  readonly encoded: Readonly<Partial<Record<Encoding, Buffer>>>
}

/** Content codings, the smallest first, with the ending of the files that hold them. */
const encodings = { br: '.br', gzip: '.gz' } as const
type Encoding = keyof typeof encodings

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Reads the built dashboard, some hundred kilobytes; empty when it was not built. */
export async function readStaticFiles(folder: string): Promise<StaticFile[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const files = names.filter(name => extname(name) in contentTypes)
  return Promise.all(files.map(name => readOne(folder, name, names)))
}

async function readOne(folder: string, name: string, names: readonly string[]): Promise<StaticFile> {
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

/** A file that is written here, such as `docs.html`, which may change with the next start. */
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

/** The encoding to send to a client that says this; weights other than 0 have no say, as both are right for everybody. */
export function negotiateEncoding(header: string | undefined, { encoded }: StaticFile): Encoding | undefined {
  const accepted = new Set(
    (header ?? '')
      .split(',')
      .filter(item => !/;\s*q=0(\.0*)?\s*$/.test(item))
      .map(item => (item.split(';', 1)[0] ?? '').trim().toLowerCase()),
  )
  return encodingNames.find(name => accepted.has(name) && encoded[name] !== undefined)
}
