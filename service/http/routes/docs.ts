import type { FastifyInstance } from 'fastify'
import { createOpenApiDocument } from '../openapi/document.ts'
import type { RouteOptions } from '../parts.ts'
import { renderReferencePage } from '../reference/page.ts'
import { stylesheet } from '../reference/stylesheet.ts'
import { sendStaticFile } from '../send-static-file.ts'
import { createStaticFile, type StaticFile } from '../static-files.ts'

const shown = (type: string, description: string) => ({
  access: 'anyone' as const,
  openapi: { operation: { tags: ['docs'] }, successes: { 200: { description, content: { [type]: {} } } } },
})

/** The API to read, drawn from its document, for anyone: `GET /api/v1/docs`, and its stylesheet. */
export default async function docs(server: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  let page: StaticFile | undefined
  const style = createStaticFile('docs.css', stylesheet)
  server.get('/api/v1/docs', { config: shown('text/html', 'this page') }, async (request, reply) => {
    page ??= createStaticFile(
      'docs.html',
      renderReferencePage(createOpenApiDocument(server.documentedRoutes, parts.publicUrl)),
    )
    return sendStaticFile(page, request, reply)
  })
  server.get('/api/v1/docs.css', { config: shown('text/css', 'its look') }, async (request, reply) =>
    sendStaticFile(style, request, reply),
  )
}
