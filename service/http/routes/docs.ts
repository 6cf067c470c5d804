import type { FastifyInstance } from 'fastify'
import type { Operations } from '../../operations/registry.ts'
import { createOpenApiDocument } from '../openapi/document.ts'
import { renderReferencePage } from '../reference/page.ts'
import { stylesheet } from '../reference/stylesheet.ts'
import { sendStaticFile } from '../send-static-file.ts'
import { createStaticFile, type StaticFile } from '../static-files.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly operations: Operations
  readonly publicUrl: string
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly docs: Parts
  }
}

const documented = (type: string, summary: string, description: string) => ({
  access: 'anyone' as const,
  openapi: {
    operation: { tags: ['docs'], summary },
    successes: { 200: { description, content: { [type]: {} } } },
  },
})

/** The API reference, rendered from the OpenAPI document: `GET /api/v1/docs`, and its stylesheet. */
export default async function docsRoutes(server: FastifyInstance, parts: Parts): Promise<void> {
  let page: StaticFile | undefined
  const style = createStaticFile('docs.css', stylesheet)
  server.get(
    '/api/v1/docs',
    { config: documented('text/html', 'Read the API reference', 'the API reference') },
    async (request, reply) => {
      page ??= createStaticFile(
        'docs.html',
        renderReferencePage(
          createOpenApiDocument(server.documentedRoutes, parts.operations.values(), parts.publicUrl),
        ),
      )
      return sendStaticFile(page, request, reply)
    },
  )
  server.get(
    '/api/v1/docs.css',
    { config: documented('text/css', 'Get the stylesheet of the API reference', 'the stylesheet') },
    async (request, reply) => sendStaticFile(style, request, reply),
  )
}
