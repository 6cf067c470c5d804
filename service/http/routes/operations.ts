import type { FastifyInstance } from 'fastify'
import { outputFormats } from '../../plan/formats.ts'
import type { RouteOptions } from '../parts.ts'

/**
 * `GET /api/v1/operations`: every operation with its options as data, and the formats that can be written: what forms
 * and clients are drawn from.
 */
export default async function operations(server: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const items = [...parts.operations.values()].map(({ name, summary, example, options }) => ({
    name,
    summary,
    example,
    // as a list, since the order of options is that of the canonical form
    options: Object.entries(options).map(([option, spec]) => ({ name: option, ...spec })),
  }))
  const formats = ['auto', ...Object.keys(outputFormats), 'json']
  server.get('/api/v1/operations', { config: { access: 'signed-in' } }, async () => ({
    items,
    nextCursor: null,
    formats,
  }))
}
