import { type ErrorCode, statuses } from '../../errors/catalogue.ts'
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

/** The problems of both routes. */
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

const image = {
  description: 'the image',
  content: { 'image/*': {}, 'application/json': {}, 'application/pdf': {} },
}

/** How the document shows the image routes, which parse the raw URL instead of validating parameters by a schema. */
function imageDocs(
  root: 'processed' | 'raw',
  summary: string,
  file: string,
  responses: object,
  codes: readonly ErrorCode[],
): RouteDocs {
  const signed = [
    segment('userId', 'id of the owner'),
    segment('file', file),
    query('e', 'expiry of the signature, in Unix seconds'),
    query('k', 'id of the signing key'),
    ...(root === 'processed' ? [query('p', 'name of the policy that the signature refers to')] : []),
    query('dl', 'file name under which the client is to save the image'),
    query('s', 'the signature'),
  ]
  const answers = [...new Set([...shared, ...codes].map(code => statuses[code]))].sort()
  return {
    path: `/${root}/{userId}/{file}`,
    operation: {
      tags: ['images'],
      summary,
      parameters: signed,
      responses: {
        200: image,
        304: { description: 'the client has this version' },
        ...responses,
        ...problemResponses(answers),
      },
    },
  }
}

export const processedDocs = imageDocs(
  'processed',
  'Get a derivative',
  '<imageId>(_<operation>[_<options>])*.<ext>',
  {
    202: { description: 'the image is being rendered; sent only to requests with `Prefer: respond-async`' },
  },
  [],
)
export const rawDocs = imageDocs('raw', 'Get an original', '<imageId>-orig.<ext>', { 206: image }, [
  'range-not-satisfiable',
])
