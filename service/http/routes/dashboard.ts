import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sendMissingPage, sendStaticFile } from '../send-static-file.ts'
import { readStaticFiles } from '../static-files.ts'

/** The paths of the dashboard's pages. All serve the same document. Its script shows the page for the path. */
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

const built = fileURLToPath(new URL('../../../dashboard/', import.meta.url))

/** Whether a browser navigates to a path outside the API. Scripts and other clients get a problem. */
function wantsPage({ headers, originalUrl }: FastifyRequest): boolean {
  return /\btext\/html\b/i.test(headers.accept ?? '') && !/^\/api\//i.test(originalUrl)
}

/** The built dashboard: its pages and the files that they load. */
export default async function dashboardRoutes(server: FastifyInstance): Promise<void> {
  const files = await readStaticFiles(built)
  const document = files.find(({ name }) => name === 'index.html')
  if (document === undefined) return server.log.warn('dashboard is not built, serving the API only')
  for (const page of pages) server.get(page, (request, reply) => sendStaticFile(document, request, reply))
  for (const file of files)
    server.get(`/${file.name}`, (request, reply) => sendStaticFile(file, request, reply))
  server.get('/*', (request, reply) =>
    wantsPage(request) ? sendMissingPage(document, request, reply) : reply.callNotFound(),
  )
}
