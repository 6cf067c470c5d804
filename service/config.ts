import Type from 'typebox'
import Value from 'typebox/value'
import { cacheConfig } from './cache/memory-tier.ts'
import { deliveryConfig } from './delivery/config.ts'
import { edgeConfig } from './edge/config.ts'
import { loadEdgeProviders, parseEdgeTokens, parseEdgeUrls } from './edge/edge-targets.ts'
import { engineConfig } from './engine/config.ts'
import { messageOf } from './errors/catalogue.ts'
import { httpConfig } from './http/config.ts'
import { parseApiOrigins, parseImageOrigins } from './http/cross-origin.ts'
import { parseTrustedProxies } from './http/trusted-proxies.ts'
import { ingestConfig } from './ingest/config.ts'
import { metadataConfig, parseMasterKey } from './metadata/config.ts'
import { processesConfig } from './processes/config.ts'
import { parseNatsUrl, queueConfig } from './queue/config.ts'
import { parseStorageUrl, storageConfig } from './storage/config.ts'
import { telemetryConfig } from './telemetry/logger.ts'
import { metricsConfig } from './telemetry/metrics-server.ts'
import { parseCollectorUrl, tracingConfig } from './telemetry/tracing-config.ts'

/** The variables of the process as a whole; each folder of `service/` (a room) exports its own. */
const processConfig = Type.Object({
  ...processesConfig.properties,
  NODE_ENV: Type.Optional(
    Type.String({ description: '`production` requires configured secrets instead of generating them' }),
  ),
  DARKROOM_ROLE: Type.Enum(['all', 'http', 'worker'], {
    default: 'all',
    description: 'whether this process serves requests (`http`), runs jobs (`worker`) or does both (`all`)',
  }),
  DARKROOM_DATA_DIR: Type.String({
    minLength: 1,
    default: './data',
    description: 'folder of the embedded Postgres, stored files and generated secrets',
  }),
  DARKROOM_JWT_SECRET: Type.Optional(
    Type.String({
      minLength: 32,
      description: 'secret that signs access tokens, at least 32 characters; generated when absent',
    }),
  ),
  DARKROOM_ADMIN_EMAIL: Type.Optional(
    Type.String({ description: 'email address of the first administrator, who is created once' }),
  ),
  DARKROOM_ADMIN_PASSWORD: Type.Optional(
    Type.String({
      description: 'password of the first administrator; when absent, one is generated and printed once',
    }),
  ),
})

/** Every variable. */
export const configSchema = Type.Object({
  ...processConfig.properties,
  ...telemetryConfig.properties,
  ...metricsConfig.properties,
  ...httpConfig.properties,
  ...ingestConfig.properties,
  ...deliveryConfig.properties,
  ...edgeConfig.properties,
  ...engineConfig.properties,
  ...cacheConfig.properties,
  ...storageConfig.properties,
  ...metadataConfig.properties,
  ...queueConfig.properties,
  ...tracingConfig.properties,
})

/** Texts of variables by name. An empty one counts as absent. */
type Environment = Readonly<Record<string, string | undefined>>

/** Parses a variable whose text a schema cannot check. @throws Error that begins with the variable's name */
type Parser = (environment: Environment) => unknown

async function createParsers(): Promise<Parser[]> {
  const providers = await loadEdgeProviders()
  const each = (
    name: keyof typeof configSchema.properties,
    parse: (text: string, name: string) => unknown,
  ) => {
    return ({ [name]: text }: Environment) => text && parse(text, name)
  }
  return [
    each('DARKROOM_TRUSTED_PROXIES', parseTrustedProxies),
    each('DARKROOM_IMAGE_ORIGINS', parseImageOrigins),
    each('DARKROOM_API_ORIGINS', parseApiOrigins),
    each('DARKROOM_STORAGE_URL', parseStorageUrl),
    each('DARKROOM_MASTER_KEY', parseMasterKey),
    each('DARKROOM_NEW_MASTER_KEY', parseMasterKey),
    each('NATS_URL', parseNatsUrl),
    each('OTEL_EXPORTER_OTLP_ENDPOINT', parseCollectorUrl),
    each('DARKROOM_EDGE_PURGE', urls => parseEdgeUrls(providers, urls)),
    // also fails when only one of the two is present
    ({ DARKROOM_EDGE_PURGE: urls, DARKROOM_EDGE_TOKEN: tokens }) => parseEdgeTokens(tokens, urls),
  ]
}

/** The variables by topic, as the documentation shows them. */
export const configSections = [
  { title: 'Process', schema: processConfig },
  { title: 'HTTP', schema: httpConfig },
  { title: 'Uploads', schema: ingestConfig },
  { title: 'Database and secrets', schema: metadataConfig },
  { title: 'Object store', schema: storageConfig },
  { title: 'Queue', schema: queueConfig },
  { title: 'Rendering', schema: engineConfig },
  { title: 'Delivery', schema: deliveryConfig },
  { title: 'CDN', schema: edgeConfig },
  { title: 'Memory', schema: cacheConfig },
  { title: 'Logs', schema: telemetryConfig },
  { title: 'Metrics', schema: metricsConfig },
  { title: 'OpenTelemetry', schema: tracingConfig },
] as const

/** The validated configuration, by variable name. */
export type Config = Type.Static<typeof configSchema>

/** All mistakes of a configuration, one per line. */
export class ConfigError extends Error {
  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.name = 'ConfigError'
  }
}

/**
 * Reads and validates the configuration. An empty variable counts as absent. Messages contain no value that may be a
 * secret.
 * @throws ConfigError that lists every mistake by variable name
 */
export async function readConfig(environment: Environment): Promise<Config> {
  const known = Object.keys(configSchema.properties)
  const unknown = Object.keys(environment).filter(
    name => name.startsWith('DARKROOM_') && !known.includes(name),
  )
  const present = known.flatMap(name => (environment[name] ? [[name, environment[name]]] : []))
  const value = Value.Convert(configSchema, Value.Default(configSchema, Object.fromEntries(present)))
  const malformed = parserErrors(await createParsers(), environment)
  if (Value.Check(configSchema, value) && unknown.length === 0 && malformed.length === 0) return value
  const wrong = Value.Errors(configSchema, value).map(({ instancePath, message, params }) => {
    const among =
      'allowedValues' in params && Array.isArray(params.allowedValues)
        ? `: ${params.allowedValues.join(', ')}`
        : ''
    return `${instancePath.slice(1)}: ${message}${among}`
  })
  throw new ConfigError([...unknown.map(name => `${name}: unknown variable`), ...wrong, ...malformed])
}

/** The errors of variables that their parser rejects. */
function parserErrors(parsers: readonly Parser[], environment: Environment): string[] {
  return parsers.flatMap(parse => {
    try {
      parse(environment)
      return []
    } catch (error) {
      return messageOf(error)
    }
  })
}
