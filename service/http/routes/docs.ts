import type { FastifyInstance } from 'fastify'
import { type DashboardFile, writtenFile } from '../dashboard-files.ts'
import { createDocument } from '../openapi/document.ts'
import type { RouteOptions } from '../parts.ts'
import { referencePage } from '../reference/page.ts'
import { stylesheet } from '../reference/style.ts'
import { sendFile } from '../send-file.ts'

const shown = (type: string, description: string) => ({
  access: 'anyone' as const,
  openapi: { operation: { tags: ['docs'] }, successes: { 200: { description, content: { [type]: {} } } } },
})

/** The API to read, drawn from its document, for anyone: `GET /api/v1/docs`, and its stylesheet. */
export default async function docs(server: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  let page: DashboardFile | undefined
  const style = writtenFile('docs.css', stylesheet)
  server.get('/api/v1/docs', { config: shown('text/html', 'this page') }, async (request, reply) => {
    page ??= writtenFile('docs.html', referencePage(createDocument(server.shownRoutes, parts.publicUrl)))
    return sendFile(page, request, reply)
  })
  server.get('/api/v1/docs.css', { config: shown('text/css', 'its look') }, async (request, reply) =>
    sendFile(style, request, reply),
  )
}
