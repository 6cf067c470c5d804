import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import type { App } from '../../app.ts'
import { parseMetadataFilter } from '../../http/description.ts'
import { parseFormLabels } from '../../http/labels.ts'
import { sanitizeFileName } from '../../ingest/file-name.ts'
import type { Image, ImageDescription, ImageLabels } from '../../metadata/image.ts'
import { findDefaultUser, findUser } from '../accounts.ts'
import { UsageError } from '../arguments.ts'
import { command } from '../command.ts'
import { formatError } from '../format-error.ts'
import { withApp } from '../open.ts'
import { printLine } from '../print.ts'
import { printable, startProgress } from '../progress.ts'

/** Width of the derivative whose URL is printed, in pixels. */
const shownWidth = 800
const chunkBytes = 1024 * 1024

export default command({
  name: 'upload',
  summary: 'upload files; print the id, size, format and a signed URL (800 pixels wide) of each image',
  operands: ['file...'],
  options: {
    user: {
      type: 'string',
      value: 'email',
      summary: 'the owner of the images (default: the first administrator)',
    },
    title: { type: 'string', value: 'text', summary: 'title of the images' },
    tag: { type: 'string', value: 'tag', multiple: true, summary: 'a tag; can be given several times' },
    alt: { type: 'string', value: 'text', summary: 'alt text of the images' },
    metadata: {
      type: 'string',
      value: 'name:value',
      multiple: true,
      summary: 'custom metadata; can be given several times',
    },
    json: { type: 'boolean', summary: 'print one line of JSON per file' },
  },
  async run({ values, operands }, environment) {
    const { title, alt, tag: tags = [], metadata = [] } = values
    const labels = parseFormLabels([
      ...(title === undefined ? [] : [['title', title] as const]),
      ...tags.map(tag => ['tags', tag] as const),
      ...(alt === undefined ? [] : [['alt', alt] as const]),
      ['metadata', JSON.stringify(Object.fromEntries(metadata.map(parseMetadata)))],
    ])
    await withApp(environment, async ({ app, config, signal }) => {
      const user = await (values.user ? findUser(app, values.user) : findDefaultUser(app, config))
      // fails before anything is uploaded when the user has no signing key
      await app.delivery.signer.originalUrls(user.id)
      for (const path of operands) {
        try {
          const image = await uploadFile(app, user.id, path, labels, signal)
          printLine(describe(image, await urlOf(app, image), values.json))
        } catch (error) {
          signal.throwIfAborted()
          process.stderr.write(`${printable(path)}: ${formatError(error)}\n`)
          process.exitCode = 1
        }
      }
    })
  },
})

function parseMetadata(text: string): [name: string, value: string] {
  if (!text.includes(':')) throw new UsageError('--metadata must be name:value')
  return parseMetadataFilter(text)
}

async function uploadFile(
  { ingest: { uploads } }: App,
  userId: string,
  path: string,
  labels: ImageLabels & ImageDescription,
  signal: AbortSignal,
): Promise<Image> {
  const { size } = await stat(path)
  const progress = startProgress(process.stderr, { name: basename(path), total: size })
  try {
    const content = Readable.from(counted(path, progress.add), { objectMode: false })
    const file = await uploads.receive(content, signal)
    try {
      return await uploads.accept(userId, file, { ...labels, fileName: sanitizeFileName(path) }, signal)
    } finally {
      await file.dispose()
    }
  } finally {
    progress.clear()
  }
}

async function* counted(path: string, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  const chunks: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: chunkBytes })
  for await (const chunk of chunks) {
    onBytes(chunk.length)
    yield chunk
  }
}

async function urlOf({ delivery: { signer } }: App, image: Image): Promise<string> {
  const operations = [{ op: 'resize', w: shownWidth }]
  return (await signer.sign(image.userId, { imageId: image.id, operations, format: 'auto' })).url
}

function describe({ id, width, height, format }: Image, url: string, json: boolean | undefined): string {
  return json
    ? JSON.stringify({ id, width, height, format, url })
    : [id, `${width}x${height}`, format, url].join('\t')
}
