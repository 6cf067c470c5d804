import { createHash, createHmac, randomBytes } from 'node:crypto'

/**
 * What a browser goes on with: the series is that of one login, and whoever names it has held one of its tokens; the
 * secret is good for one use.
 */
export interface RefreshToken {
  /** 16 random bytes in base64url. */
  readonly series: string
  /** 32 bytes in base64url. */
  readonly secret: string
}

/** The first token of a new series. */
export function createRefreshToken(): RefreshToken {
  return { series: randomBytes(16).toString('base64url'), secret: randomBytes(32).toString('base64url') }
}

/**
 * The token that replaces this one. It follows from it by the key, so that two tabs that come with the same token leave
 * with the same one; nobody without the key can tell it.
 */
export function nextRefreshToken({ series, secret }: RefreshToken, key: Buffer): RefreshToken {
  return { series, secret: createHmac('sha256', key).update(`${series}.${secret}`).digest('base64url') }
}

export function formatRefreshToken({ series, secret }: RefreshToken): string {
  return `${series}.${secret}`
}

/** Undefined for what cannot be one. */
export function parseRefreshToken(text: string): RefreshToken | undefined {
  const [, series, secret] = /^([\w-]{22})\.([\w-]{43})$/.exec(text) ?? []
  return series && secret ? { series, secret } : undefined
}

/** What is stored of a secret that is long and random, which needs no slow hash. */
export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
