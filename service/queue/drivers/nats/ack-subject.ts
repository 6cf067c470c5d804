/** What the acknowledgement subject of a job says of it. */
export interface AckInfo {
  /** From 1: how often it has been handed out. */
  readonly attempt: number
  /** When it was stored, in milliseconds since 1970. */
  readonly storedAt: number
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<attempt>.<sequence>.<sequence>.<stored, ns>.<pending>`, which newer servers write
 * with domain and account before the stream and a random token at the end (ADR-15). Undefined when it is none.
 */
export function parseAckSubject(subject: string): AckInfo | undefined {
  const tokens = subject.split('.')
  const offset = tokens.length > 9 ? 6 : 4
  const [attempt = '', , , stored = ''] = tokens.slice(offset)
  if (!/^[1-9]\d{0,14}$/.test(attempt) || !/^\d{7,19}$/.test(stored)) return undefined
  return { attempt: Number(attempt), storedAt: Number(BigInt(stored) / 1_000_000n) }
}
