import Type from 'typebox'

/** The variables of the http room. */
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
  DARKROOM_MAX_UPLOAD_MB: Type.Integer({
    minimum: 1,
    maximum: 4096,
    default: 50,
    description: 'largest original, in MB (1,000,000 bytes)',
  }),
})
