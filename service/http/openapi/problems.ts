import { type ErrorCode, statuses, titles } from '../../errors/catalogue.ts'
import { problemMediaType } from '../problem.ts'
import type { DocumentedRoute } from './route.ts'

/** The problems that any request may get. */
const always: readonly ErrorCode[] = [
  'bad-request',
  'not-found',
  'method-not-allowed',
  'request-timeout',
  'url-too-long',
  'header-too-large',
  'too-many-requests',
  'internal',
  'unavailable',
  'deadline',
]
/** Additional problems of requests with a body. */
const withBody: readonly ErrorCode[] = ['too-large', 'unsupported-media-type']
/** Additional problems of requests that change something, or name an image in their body. */
const changing: readonly ErrorCode[] = ['conflict', 'deleted', 'not-applicable']
/** Additional problems of requests with credentials. */
const authenticated: readonly ErrorCode[] = ['unauthorized', 'forbidden']

/** The statuses of the problems that a route may answer with. */
export function problemStatusesOf({ method, access }: DocumentedRoute): number[] {
  const isMutation = method !== 'GET'
  const codes = [
    ...always,
    // public routes that change something check credentials in their body or cookie
    ...(access === undefined || (access === 'anyone' && !isMutation) ? [] : authenticated),
    ...(isMutation ? [...changing, ...withBody] : []),
  ]
  return [...new Set(codes.map(code => statuses[code]))].sort()
}

/** References to the shared problem responses, by status. */
export function problemResponses(statuses: readonly number[]): Record<string, object> {
  return Object.fromEntries(
    statuses.map(status => [String(status), { $ref: `#/components/responses/problem${status}` }]),
  )
}

/** One shared response per status of the catalogue, which lists its codes. */
export function problemComponents(): Record<string, object> {
  const byStatus = new Map<number, string[]>()
  for (const [code, title] of Object.entries(titles)) {
    const status = statuses[code as ErrorCode]
    byStatus.set(status, [...(byStatus.get(status) ?? []), `\`${code}\`: ${title}`])
  }
  const content = { [problemMediaType]: { schema: { $ref: '#/components/schemas/Problem' } } }
  return Object.fromEntries(
    [...byStatus].map(([status, lines]) => [
      `problem${status}`,
      { description: `${lines.join('; ')}.`, ...headersOf(status), content },
    ]),
  )
}

/** The headers of problems with this status that clients act on. */
function headersOf(status: number): object {
  const header = (name: string, description: string) => ({
    headers: { [name]: { description, required: true, schema: { type: 'string' } } },
  })
  if (status === 405) return header('Allow', 'the methods of the path')
  if (status === 429 || status === 503) return header('Retry-After', 'seconds to wait before a retry')
  if (status === 401) return header('WWW-Authenticate', 'the scheme to authenticate with')
  return {}
}

/** The problem document of every error (RFC 9457). */
export const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'requestId'],
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { enum: Object.keys(statuses) },
    detail: { type: 'string', description: 'what is wrong with this request' },
    requestId: { type: 'string', description: 'id of the request in the log' },
  },
}
