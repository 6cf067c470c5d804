import { catalogue, type ErrorCode } from '../../errors/catalogue.ts'
import { problemResponses } from './problems.ts'
import type { RouteDocs } from './route.ts'

const query = (name: string, description: string) => ({
  name,
  in: 'query',
  required: false,
  description,
  schema: { type: 'string' },
})
const segment = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
})

const shared: readonly ErrorCode[] = [
  'bad-url',
  'bad-signature',
  'not-found',
  'method-not-allowed',
  'request-timeout',
  'expired',
  'url-too-long',
  'not-applicable',
  'header-too-large',
  'too-many-requests',
  'internal',
  'unavailable',
  'deadline',
]

const picture = {
  description: 'the image',
  content: { 'image/*': {}, 'application/json': {}, 'application/pdf': {} },
}

/** How the document shows images, whose route does not read its path by a schema. */
function imageNotes(
  root: 'processed' | 'raw',
  file: string,
  responses: object,
  codes: readonly ErrorCode[],
): RouteDocs {
  const signed = [
    segment('userId', 'whose it is'),
    segment('file', file),
    query('e', 'until when the signature holds, in Unix seconds'),
    query('k', 'the key that it was signed with'),
    ...(root === 'processed' ? [query('p', 'the policy that it names')] : []),
    query('s', 'the signature'),
  ]
  const statuses = [...new Set([...shared, ...codes].map(code => catalogue[code].status))].sort()
  return {
    path: `/${root}/{userId}/{file}`,
    operation: {
      tags: ['images'],
      parameters: signed,
      responses: {
        200: picture,
        304: { description: 'the client has it' },
        ...responses,
        ...problemResponses(statuses),
      },
    },
  }
}

export const processedDocs = imageNotes(
  'processed',
  '<imageId>(_<operation>[_<options>])*.<ext>',
  { 202: { description: 'it is being developed, as the request would rather not wait' } },
  [],
)
export const rawDocs = imageNotes('raw', '<imageId>-orig.<ext>', { 206: picture }, ['range-not-satisfiable'])
