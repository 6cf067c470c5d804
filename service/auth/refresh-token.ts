import { createHmac, randomBytes } from 'node:crypto'

/**
 * A token that continues a session. The series identifies the login; a client that presents it has held one of its
 * tokens. The secret can be used once.
 */
export interface RefreshToken {
  /** 16 random bytes in base64url. */
  readonly series: string
  /** 32 bytes in base64url. */
  readonly secret: string
}

/** Creates the first token of a new series. */
export function createRefreshToken(): RefreshToken {
  return { series: randomBytes(16).toString('base64url'), secret: randomBytes(32).toString('base64url') }
}

/**
 * The successor of a token, derived with the key, so that two tabs that present the same token get the same
 * successor. Without the key, it cannot be predicted.
 */
export function nextRefreshToken({ series, secret }: RefreshToken, key: Buffer): RefreshToken {
  return { series, secret: createHmac('sha256', key).update(`${series}.${secret}`).digest('base64url') }
}

export function formatRefreshToken({ series, secret }: RefreshToken): string {
  return `${series}.${secret}`
}

/** Undefined for malformed text. */
export function parseRefreshToken(text: string): RefreshToken | undefined {
  const [, series, secret] = /^([\w-]{22})\.([\w-]{43})$/.exec(text) ?? []
  return series && secret ? { series, secret } : undefined
}
