import type { FastifyInstance } from 'fastify'
import { operationGroups } from '../../operations/operation.ts'
import type { Operations } from '../../operations/registry.ts'
import { outputFormats } from '../../plan/formats.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly operations: Operations
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly operations: Parts
  }
}

/**
 * `GET /api/v1/operations`: every operation with its options, the groups of operations, and the output formats. The dashboard's forms and the
 * client's types are generated from it.
 */
export default async function operationRoutes(server: FastifyInstance, parts: Parts): Promise<void> {
  const items = [...parts.operations.values()].map(({ name, label, group, summary, example, options }) => ({
    name,
    label,
    group,
    summary,
    example,
    // a list, because the order of options is part of the canonical form
    options: Object.entries(options).map(([option, spec]) => ({ name: option, ...spec })),
  }))
  const formats = ['auto', ...Object.keys(outputFormats), 'json']
  server.get(
    '/api/v1/operations',
    { config: { access: 'signed-in' }, schema: { summary: 'List operations and output formats' } },
    async () => ({
      items,
      nextCursor: null,
      groups: operationGroups,
      formats,
    }),
  )
}
