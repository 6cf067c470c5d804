import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { noHints } from '../../plan/hints.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { readAccept } from '../negotiation.ts'
import type { RouteOptions } from '../parts.ts'
import { requirePrincipal } from '../principal.ts'

const Body = Type.Object(
  {
    path: Type.String({
      minLength: 1,
      maxLength: 4096,
      description: 'of a derivative, as a client asks for it; a query may be there and needs no signature',
    }),
    policy: Type.Optional(Type.String({ maxLength: 32, description: 'in place of the p of the query' })),
    accept: Type.Optional(
      Type.String({ maxLength: 1024, description: 'the Accept header of the client; anything without it' }),
    ),
  },
  { additionalProperties: false },
)

const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description })

const Output = Type.Object({
  width: Type.Integer(),
  height: Type.Integer(),
  frames: Type.Integer(),
  notes: Type.Array(Type.String({ description: 'as in Darkroom-Note' })),
})

const Source = Type.Object({
  kind: Type.Enum(['original', 'rung']),
  format: Type.String(),
  width: Type.Integer(),
  height: Type.Integer(),
  page: Type.Integer(),
})

const Cost = Type.Object({
  estimatedMs: Type.Number({ description: 'CPU, as planned' }),
  expectedMs: Type.Number({ description: 'by what other developments took in this process' }),
  finishingMs: orNull(Type.Number(), 'CPU of the job that takes the place of a stand-in'),
  heavy: Type.Boolean({ description: 'whether it is left to a worker' }),
})

const Cache = Type.Object({
  state: Type.Enum(['memory', 'store', 'none']),
  variant: orNull(Type.Enum(['final', 'standin']), 'of what is there'),
  bytes: orNull(Type.Integer(), 'of what is there'),
  why: Type.String(),
})

const Explained = Type.Object({
  imageId: Type.String(),
  operations: Type.Array(Type.Object({ op: Type.String() }, { additionalProperties: true }), {
    description: 'in their order, with defaults, presets expanded and auto resolved',
  }),
  presets: Type.Array(Type.String()),
  file: Type.String({ description: 'the canonical name' }),
  key: Type.String({ description: 'of the object in the store' }),
  format: Type.Object({
    asked: Type.String(),
    chosen: Type.String(),
    contentType: Type.String(),
    vary: Type.Array(Type.String()),
  }),
  output: orNull(Output, 'null for a description'),
  passes: Type.Array(Type.Array(Type.String()), { description: 'names of stages; a pass is one pipeline' }),
  source: orNull(Source, 'what is read'),
  cost: orNull(Cost, 'milliseconds'),
  answer: Type.Enum(['final', 'standin'], { description: 'what a request that finds nothing gets first' }),
  cache: Cache,
  assumes: Type.Array(Type.String(), { description: 'what only pixels can tell' }),
})

/** What an image URL would do, without doing it: `POST /api/v1/explain`. */
export default async function explain(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  server.post(
    '/api/v1/explain',
    { config: { access: 'images:read' }, schema: { body: Body, response: { 200: Explained } } },
    async (request, reply) => {
      const { path, policy, accept } = request.body
      const client = { accepted: readAccept(accept), hints: noHints }
      return parts.explain(requirePrincipal(request).userId, {
        path,
        policy,
        client,
        signal: disconnectSignal(reply),
      })
    },
  )
}
