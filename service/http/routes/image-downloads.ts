import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply } from 'fastify'
import Type from 'typebox'
import { watchProgress } from '../../concurrency/progress-watch.ts'
import { type ImageDownloads, maxArchivedImages } from '../../delivery/archive/image-downloads.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import { outputFormats } from '../../plan/formats.ts'
import { fileNameRule, isFileName, maxDownloadBytes } from '../../url/download.ts'
import type { UsageRecorder } from '../../usage/usage-recorder.ts'
import { attachment } from '../content-disposition.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { checked, exactlyOne } from '../openapi/checked.ts'
import { requirePrincipal } from '../principal.ts'
import { countResponse } from '../response-usage.ts'
import { ImageFilters, parseImageFilters } from '../schemas/image-filters.ts'
import { noNul, plainName } from '../schemas/text.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly imageDownloads: ImageDownloads
  readonly usage: UsageRecorder
  readonly publicUrl: string
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly 'image-downloads': Parts
  }
}

/** How long an archive may take to be sent, in milliseconds. */
const sendMs = 6 * 3_600_000
/** How slow a client may be: it holds a connection to the store. */
const clientLimits = { silenceMs: 60_000, minRate: 1_000 }
const path = '/api/v1/images/downloads'

const { sort: _, ...filters } = ImageFilters

const Body = Type.Object(
  {
    ids: Type.Optional(
      Type.Array(Type.String({ maxLength: 64, pattern: noNul }), {
        minItems: 1,
        maxItems: maxArchivedImages,
        description: 'ids of images; unknown ones are listed in the archive',
      }),
    ),
    filter: Type.Optional(
      Type.Object(filters, {
        additionalProperties: false,
        description: `instead of ids: selects images as the list does, at most ${maxArchivedImages}`,
      }),
    ),
    preset: Type.Optional(
      Type.String({
        pattern: plainName,
        description: 'a preset that is applied to each image; originals by default',
      }),
    ),
    format: Type.Enum(['auto', ...Object.keys(outputFormats)], {
      default: 'auto',
      description: 'format of the results of the preset',
    }),
    fileName: Type.String({
      default: 'images.zip',
      format: 'file-name',
      ...checked({ minLength: 1, maxLength: maxDownloadBytes }),
      description: 'file name of the archive',
    }),
  },
  { additionalProperties: false, ...exactlyOne('ids', 'filter') },
)

const Link = Type.Object({
  url: Type.String({ description: 'URL of the archive; valid for one download' }),
  path: Type.String({ description: 'path and query of the URL' }),
  expiresAt: Type.String({ description: 'ISO 8601; the download must begin until then' }),
  images: Type.Integer({ description: 'number of images in the archive' }),
  bytes: Type.Integer({ description: 'size of the originals' }),
})

/**
 * Archives of images: `POST /api/v1/images/downloads` makes a link, and `GET` with its secret sends the archive. A browser
 * downloads a link like any file, to the disk and with its own progress, which it cannot do for a request with a token.
 */
export default async function imageDownloadRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const { imageDownloads, publicUrl } = parts
  const order = { summary: 'Make a link to an archive of images', body: Body, response: { 201: Link } }
  server.post(path, { config: { access: 'images:read' }, schema: order }, async (request, reply) => {
    const { filter, ...body } = request.body
    if (!isFileName(body.fileName)) throw new DarkroomError('bad-request', `fileName: ${fileNameRule()}`)
    const { userId, credential } = requirePrincipal(request)
    const link = await imageDownloads.order(userId, {
      ...body,
      apiKeyId: credential.kind === 'key' ? credential.id : null,
      filter: filter && parseImageFilters(filter),
    })
    const { secret, expiresAt, images, bytes } = link
    const target = `${path}?s=${secret}`
    reply.code(201).header('cache-control', 'no-store')
    return { url: publicUrl + target, path: target, expiresAt: expiresAt.toISOString(), images, bytes }
  })
  addDownload(instance, parts)
}

/** What the document says about the archive. */
const archiveDocs = {
  successes: { 200: { description: 'the archive', content: { 'application/zip': {} } } },
}
const Secret = Type.Object({ s: Type.String({ maxLength: 64, description: 'secret of the link' }) })

function addDownload(instance: FastifyInstance, { imageDownloads, usage }: Parts): void {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  server.get(
    path,
    {
      config: { access: 'anyone', deadlineMs: sendMs, openapi: archiveDocs },
      schema: { summary: 'Download an archive of images', querystring: Secret },
      // a client that only looks at the headers would use up the link
      exposeHeadRoute: false,
    },
    async (request, reply) => {
      const signal = disconnectSignal(reply)
      const download = await imageDownloads.open(request.query.s, signal, (response, bytes) =>
        countResponse(usage, response, bytes),
      )
      request.tenant = download.userId
      endSlowDownload(reply, signal)
      reply.headers({
        'content-type': 'application/zip',
        'content-disposition': attachment(download.fileName),
        'cache-control': 'no-store',
        // nginx would read the archive as fast as it can, and store it
        'x-accel-buffering': 'no',
        ...(download.bytes !== undefined && { 'content-length': download.bytes }),
      })
      return reply.send(download.stream)
    },
  )
}

/** Ends a download whose client does not read, or reads too slowly. Time during which the archive is made does not count. */
function endSlowDownload({ raw, request, log }: FastifyReply, signal: AbortSignal): void {
  if (signal.aborted) return
  // that of the request: a pipelined response gets it only when its turn comes
  const { socket } = request.raw
  const transfer = { bytes: () => socket.bytesWritten, isReading: () => raw.writableNeedDrain }
  const stop = watchProgress(transfer, clientLimits, reason => {
    log.info({ reason }, 'ended a slow download')
    socket.destroy()
  })
  signal.addEventListener('abort', stop, { once: true })
}
