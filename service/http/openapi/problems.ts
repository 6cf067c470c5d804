import { catalogue, type ErrorCode } from '../../errors/catalogue.ts'
import { problemMediaType } from '../problem.ts'
import type { DocumentedRoute } from './route.ts'

/** What any request may be answered with. */
const always: readonly ErrorCode[] = [
  'bad-request',
  'not-found',
  'request-timeout',
  'url-too-long',
  'header-too-large',
  'too-many-requests',
  'internal',
  'unavailable',
  'deadline',
]
const withBody: readonly ErrorCode[] = ['too-large', 'unsupported-media-type']
/** Of what changes something, or may name an image in its body. */
const changing: readonly ErrorCode[] = ['conflict', 'deleted', 'not-applicable']
const proven: readonly ErrorCode[] = ['unauthorized', 'forbidden']

/** The statuses of the problems that a route may answer with. */
export function problemStatusesOf({ method, access }: DocumentedRoute): number[] {
  const changes = method !== 'GET'
  const codes = [
    ...always,
    // where anyone may come, somebody may still be refused by what he brings
    ...(access === undefined || (access === 'anyone' && !changes) ? [] : proven),
    ...(changes ? [...changing, ...withBody] : []),
  ]
  return [...new Set(codes.map(code => catalogue[code].status))].sort()
}

/** References to the answers below, by status. */
export function problemResponses(statuses: readonly number[]): Record<string, object> {
  return Object.fromEntries(
    statuses.map(status => [String(status), { $ref: `#/components/responses/problem${status}` }]),
  )
}

/** Every status of the catalogue, as an answer with its codes. */
export function problemComponents(): Record<string, object> {
  const byStatus = new Map<number, string[]>()
  for (const [code, { status, title }] of Object.entries(catalogue))
    byStatus.set(status, [...(byStatus.get(status) ?? []), `\`${code}\`: ${title}`])
  const content = { [problemMediaType]: { schema: { $ref: '#/components/schemas/Problem' } } }
  return Object.fromEntries(
    [...byStatus].map(([status, lines]) => [
      `problem${status}`,
      { description: `${lines.join('; ')}.`, content },
    ]),
  )
}

/** RFC 9457, as every error has it. */
export const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'requestId'],
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { enum: Object.keys(catalogue) },
    detail: { type: 'string', description: 'what is wrong with this request' },
    requestId: { type: 'string', description: 'finds it in the log' },
  },
}
