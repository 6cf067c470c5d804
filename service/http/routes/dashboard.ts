import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { namesEtag } from '../caching.ts'
import { chooseEncoding, type DashboardFile, readDashboard } from '../dashboard-files.ts'

/** Where the dashboard's pages are: each is the same document, which draws what its path says. */
const pages = [
  '/',
  '/deleted',
  '/images/:id',
  '/playground',
  '/playground/:id',
  '/presets',
  '/keys',
  '/webhooks',
  '/webhooks/:id',
  '/users',
  '/users/:id',
  '/usage',
  '/jobs',
  '/password',
]

/**
 * What the document may do: load its own files, call this service, show its images; also from memory, where previews
 * and placeholders are. Nothing of another host, nothing inline, in no frame.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

const built = fileURLToPath(new URL('../../../dashboard/', import.meta.url))

/** The dashboard as it was built: its pages, and the files that they load. */
export default async function dashboard(server: FastifyInstance): Promise<void> {
  const files = await readDashboard(built)
  const document = files.find(({ name }) => name === 'index.html')
  if (document === undefined) return server.log.warn('the dashboard was not built: there is only the API')
  for (const page of pages) server.get(page, (request, reply) => send(document, request, reply))
  for (const file of files) server.get(`/${file.name}`, (request, reply) => send(file, request, reply))
}

function send(file: DashboardFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers({
    etag: file.etag,
    'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
    // the addresses of pages say what somebody is working on
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'content-security-policy': policy,
  })
  const known = request.headers['if-none-match']
  if (known !== undefined && namesEtag(known, file.etag)) return reply.code(304).send()
  const encoding = chooseEncoding(request.headers['accept-encoding']?.toString(), file)
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  return reply.type(file.contentType).send(encoding === undefined ? file.plain : file.encoded[encoding])
}
