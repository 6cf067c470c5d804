import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Explain } from '../../delivery/explain.ts'
import { readAccept } from '../../plan/accept-header.ts'
import { noHints } from '../../plan/hints.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { requirePrincipal } from '../principal.ts'
import { noNul } from '../schemas/text.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly explain: Explain
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly explain: Parts
  }
}

const Body = Type.Object(
  {
    path: Type.String({
      minLength: 1,
      maxLength: 4096,
      format: 'image-path',
      description: 'path of a derivative, with or without a query; a signature is not required',
    }),
    policy: Type.Optional(
      Type.String({
        maxLength: 32,
        pattern: noNul,
        description: 'name of a policy, instead of p in the query',
      }),
    ),
    accept: Type.Optional(
      Type.String({
        maxLength: 1024,
        description: 'Accept header of the client; absent for a client that accepts anything',
      }),
    ),
  },
  { additionalProperties: false },
)

const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description })

const Output = Type.Object({
  width: Type.Integer({ description: 'pixels' }),
  height: Type.Integer({ description: 'pixels' }),
  frames: Type.Integer({ description: 'more than 1 for an animation' }),
  notes: Type.Array(Type.String({ description: 'as in the header Darkroom-Note' })),
})

const Source = Type.Object({
  kind: Type.Enum(['original', 'rung'], { description: 'rung: a smaller copy of the original' }),
  format: Type.String(),
  width: Type.Integer({ description: 'pixels' }),
  height: Type.Integer({ description: 'pixels' }),
  page: Type.Integer({ description: 'page or frame that is read' }),
})

const Cost = Type.Object({
  estimatedMs: Type.Number({ description: 'planned CPU time' }),
  expectedMs: Type.Number({
    description: 'planned CPU time, adjusted to the time that recent renderings took in this process',
  }),
  finishingMs: orNull(Type.Number(), 'CPU time of the job that replaces a stand-in'),
  heavy: Type.Boolean({ description: 'whether a job renders the derivative instead of the request' }),
})

const Cache = Type.Object({
  state: Type.Enum(['memory', 'store', 'none'], { description: 'where the derivative is cached' }),
  variant: orNull(Type.Enum(['final', 'standin']), 'of the cached derivative'),
  bytes: orNull(Type.Integer(), 'of the cached derivative'),
  why: Type.String({ description: 'why the derivative is in this state' }),
})

const Explanation = Type.Object({
  imageId: Type.String(),
  operations: Type.Array(Type.Object({ op: Type.String() }, { additionalProperties: true }), {
    description: 'in order, with defaults filled in, presets expanded and auto resolved',
  }),
  presets: Type.Array(Type.String(), { description: 'names of the presets in the URL' }),
  file: Type.String({ description: 'canonical file name' }),
  key: Type.String({ description: 'key of the object in the store' }),
  format: Type.Object({
    asked: Type.String({ description: 'extension in the URL' }),
    chosen: Type.String({ description: 'format of the response' }),
    contentType: Type.String(),
    vary: Type.Array(Type.String(), { description: 'request headers that the choice depends on' }),
  }),
  download: orNull(Type.String(), 'file name under which a browser saves the response; null to show it'),
  output: orNull(Output, 'null for a JSON description'),
  passes: Type.Array(Type.Array(Type.String()), {
    description: 'names of the stages in each pass; a pass is one pipeline of libvips',
  }),
  source: orNull(Source, 'the image that is decoded'),
  cost: orNull(Cost, 'in milliseconds'),
  answer: Type.Enum(['final', 'standin'], {
    description: 'what the first request gets when nothing is cached',
  }),
  cache: Cache,
  assumes: Type.Array(Type.String(), {
    description: 'what is assumed about facts that only a decoded image shows',
  }),
})

/** Explains how an image URL would be served, without rendering it: `POST /api/v1/explain`. */
export default async function explainRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  server.post(
    '/api/v1/explain',
    {
      config: { access: 'images:read' },
      schema: { summary: 'Explain an image URL', body: Body, response: { 200: Explanation } },
    },
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
