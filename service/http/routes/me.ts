import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { ImageRepository } from '../../metadata/images.ts'
import type { User, UserRepository, UserSettings } from '../../metadata/users.ts'
import { sourceFormats } from '../../plan/source-formats.ts'
import { checked } from '../openapi/checked.ts'
import { requirePrincipal } from '../principal.ts'
import { NullableLimitsSchema } from '../schemas/limits.ts'
import { noNul } from '../schemas/text.ts'
import { RoleSchema } from '../schemas/user.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly users: Pick<UserRepository, 'findById' | 'changeSettings'>
  readonly images: Pick<ImageRepository, 'find'>
  readonly maxUploadBytes: number
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly me: Parts
  }
}

const Fallback = Type.Union(
  [
    Type.Null(),
    Type.Literal('placeholder'),
    Type.Object({ imageId: Type.String({ pattern: noNul }) }, { additionalProperties: false }),
  ],
  {
    description:
      'response to a request whose heavy work timed out: an error (null), a placeholder from the ThumbHash, or another image of the user',
  },
)

const RejectTruncated = Type.Boolean({
  description:
    'whether a damaged JPEG or PNG is refused; otherwise it is accepted, and its missing part is grey, black or transparent',
})

const Me = Type.Object({
  id: Type.String(),
  email: Type.String(),
  role: RoleSchema,
  presetsOnly: Type.Boolean({ description: 'whether image URLs may only use presets' }),
  originals: Type.Boolean({
    description: 'whether image URLs may fetch originals even if presetsOnly is set',
  }),
  fallback: Fallback,
  rejectTruncated: RejectTruncated,
  limits: NullableLimitsSchema,
  uploads: Type.Object(
    {
      maxBytes: Type.Integer({ description: 'largest file' }),
      formats: Type.Array(Type.Enum(sourceFormats), { description: 'formats of originals' }),
    },
    { description: 'the files that the service accepts' },
  ),
  createdAt: Type.String({ description: 'ISO 8601' }),
})

const Body = Type.Object(
  {
    fallback: Type.Optional(Fallback),
    rejectTruncated: Type.Optional(RejectTruncated),
  },
  { additionalProperties: false, ...checked({ minProperties: 1 }) },
)

/** The current user and their settings: `GET` and `PATCH /api/v1/me`. */
export default async function meRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const response = { 200: Me }
  const uploads = { maxBytes: parts.maxUploadBytes, formats: [...sourceFormats] }

  server.get(
    '/api/v1/me',
    { config: { access: 'signed-in' }, schema: { summary: 'Get the current user', response } },
    async request => ({
      ...serialize(await parts.users.findById(requirePrincipal(request).userId)),
      uploads,
    }),
  )

  const config = { access: 'images:write' as const }
  server.patch(
    '/api/v1/me',
    { config, schema: { summary: 'Update the current user', body: Body, response } },
    async request => {
      const { userId } = requirePrincipal(request)
      const { fallback, rejectTruncated } = request.body
      if (fallback === undefined && rejectTruncated === undefined)
        throw new DarkroomError(
          'bad-request',
          'fallback, rejectTruncated: none is given, expected at least one',
        )
      const settings = {
        ...(fallback === undefined ? {} : { fallback: await requireFallback(parts, userId, fallback) }),
        ...(rejectTruncated === undefined ? {} : { rejectTruncated }),
      }
      return { ...serialize(await parts.users.changeSettings(userId, settings)), uploads }
    },
  )
}

/** @throws DarkroomError `not-found` for an image that is not the user's */
async function requireFallback(
  { images }: Parts,
  userId: string,
  value: UserSettings['fallback'],
): Promise<UserSettings['fallback']> {
  if (value === null || value === 'placeholder') return value
  const image = await images.find(userId, value.imageId)
  if (image?.state === 'ready') return value
  throw new DarkroomError('not-found', 'fallback.imageId: there is no such image')
}

function serialize(user: User | undefined) {
  if (user === undefined) throw new DarkroomError('not-found', 'there is no such user')
  const { id, email, role, presetsOnly, originals, fallback, rejectTruncated, limits, createdAt } = user
  return {
    ...{ id, email, role, presetsOnly, originals, fallback, rejectTruncated, limits },
    createdAt: createdAt.toISOString(),
  }
}
