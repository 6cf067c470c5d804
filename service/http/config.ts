import Type from 'typebox'

/** The environment variables of this folder, `service/http`. */
export const httpConfig = Type.Object({
  HOST: Type.String({ minLength: 1, default: '127.0.0.1', description: 'address of the public listener' }),
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65535,
    default: 8080,
    description: 'port of the public listener',
  }),
  DARKROOM_PUBLIC_URL: Type.Optional(
    Type.String({ pattern: '^https?://[^?#]+$', description: 'base of the URLs that the API returns' }),
  ),
  DARKROOM_TRUSTED_PROXIES: Type.Optional(
    Type.String({ description: 'addresses and networks of proxies whose X-Forwarded-For is trusted' }),
  ),
  DARKROOM_IMAGE_ORIGINS: Type.String({
    default: '*',
    description: 'origins whose pages may read images by script, separated by spaces or commas; * for all',
  }),
  DARKROOM_API_ORIGINS: Type.Optional(
    Type.String({
      description: 'origins whose pages may call the API, separated in the same way; absent: none',
    }),
  ),
  DARKROOM_MAX_UPLOAD_MB: Type.Integer({
    minimum: 1,
    maximum: 4096,
    default: 50,
    description: 'largest original, in MB (1,000,000 bytes)',
  }),
  DARKROOM_RECEIVE_SILENCE_MS: Type.Integer({
    minimum: 100,
    maximum: 600_000,
    default: 15_000,
    description:
      'how long the sender of a request body or of an imported file may send nothing, in milliseconds',
  }),
  DARKROOM_RECEIVE_MIN_RATE: Type.Integer({
    minimum: 0,
    maximum: 1_000_000_000,
    default: 1_000,
    description:
      'least bytes per second of a request body or imported file, averaged over DARKROOM_RECEIVE_SILENCE_MS',
  }),
})
