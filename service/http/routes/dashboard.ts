import type { FastifyInstance } from 'fastify'
import { findDashboardPage, readDashboardFiles } from '../dashboard-files.ts'
import { sendStaticFile } from '../send-static-file.ts'

/** The paths of the dashboard's pages. All serve the same document. Its script shows the page for the path. */
const pages = [
  '/',
  '/deleted',
  '/images/:id',
  '/playground',
  '/playground/:id',
  '/presets',
  '/import',
  '/purge',
  '/account',
  '/audit',
  '/fallback',
  '/takedowns',
  '/policies',
  '/policies/:id',
  '/keys',
  '/webhooks',
  '/webhooks/:id',
  '/users',
  '/users/:id',
  '/usage',
  '/jobs',
  '/password',
]

/** The built dashboard: its pages and the files that they load. */
export default async function dashboardRoutes(server: FastifyInstance): Promise<void> {
  const files = await readDashboardFiles()
  const document = await findDashboardPage()
  if (document === undefined) return server.log.warn('dashboard is not built, serving the API only')
  for (const page of pages) server.get(page, (request, reply) => sendStaticFile(document, request, reply))
  for (const file of files)
    server.get(`/${file.name}`, (request, reply) => sendStaticFile(file, request, reply))
}
