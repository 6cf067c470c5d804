import Type from 'typebox'

/** The variables of tracing. OpenTelemetry reads others itself. */
export const tracingConfig = Type.Object({
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    Type.String({
      description: 'base URL of an OpenTelemetry collector (OTLP over HTTP) that gets traces and metrics',
    }),
  ),
})

/** @throws Error that begins with the variable's name */
export function parseCollectorUrl(text: string, name: string): URL {
  if (!/^https?:/i.test(text) || !URL.canParse(text))
    throw new Error(`${name}: must be an http or https URL, such as http://127.0.0.1:4318`)
  return new URL(text)
}
