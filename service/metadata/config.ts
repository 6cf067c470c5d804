import Type from 'typebox'

/** The environment variables of this room. */
export const metadataConfig = Type.Object({
  DATABASE_URL: Type.Optional(
    Type.String({
      pattern: '^postgres(ql)?://',
      description: 'Postgres, as postgres://user:password@host:port/database; absent: an embedded server',
    }),
  ),
  DARKROOM_DATABASE_DIRECT_URL: Type.Optional(
    Type.String({
      pattern: '^postgres(ql)?://',
      description:
        'the same database without a pooler such as PgBouncer between, for migrations and the one connection of each process that receives notices of changes; absent: DATABASE_URL',
    }),
  ),
  DARKROOM_DATABASE_POOL: Type.Integer({
    minimum: 4,
    maximum: 500,
    default: 12,
    description:
      'the most database connections of this process in its two pools; a quarter of them is for lists and searches',
  }),
  DARKROOM_MASTER_KEY: Type.Optional(
    Type.String({
      description: '32 bytes in base64: the key that encrypts stored signing keys and webhook secrets',
    }),
  ),
  DARKROOM_NEW_MASTER_KEY: Type.Optional(
    Type.String({ description: 'the next master key, while it is being rotated' }),
  ),
})

/**
 * Decodes a master key of 32 bytes from base64 (either alphabet, padded or not). Throws an error that names
 * the variable, never its value.
 */
export function parseMasterKey(text: string, variable = 'DARKROOM_MASTER_KEY'): Buffer {
  const key = /^[\w+/-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined
  if (key?.length !== 32) {
    throw new Error(
      `${variable}: must be 32 bytes in base64, for example the output of \`openssl rand -base64 32\``,
    )
  }
  return key
}

/** The connections of a process by purpose: lists and searches have their own, so that they cannot hold up anything else. */
export function poolSizes({ DARKROOM_DATABASE_POOL: most }: Type.Static<typeof metadataConfig>) {
  const lists = Math.floor(most / 4)
  return { main: most - lists, lists }
}
