/** The metadata of a delivered message, as its acknowledgement subject states it. */
export interface AckInfo {
  /** The number of deliveries so far, from 1. */
  readonly attempt: number
  /** When the job was stored, in Unix milliseconds. */
  readonly storedAt: number
}

/**
 * Parses `$JS.ACK.<stream>.<consumer>.<attempt>.<sequence>.<sequence>.<stored, ns>.<pending>`. Newer servers insert
 * domain and account before the stream and append a random token (ADR-15). Undefined for any other subject.
 */
export function parseAckSubject(subject: string): AckInfo | undefined {
  const tokens = subject.split('.')
  const offset = tokens.length > 9 ? 6 : 4
  const [attempt = '', , , stored = ''] = tokens.slice(offset)
  if (!/^[1-9]\d{0,14}$/.test(attempt) || !/^\d{7,19}$/.test(stored)) return undefined
  return { attempt: Number(attempt), storedAt: Number(BigInt(stored) / 1_000_000n) }
}
