import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { Semaphore } from '../concurrency/semaphore.ts'
import { DarkroomError } from '../errors/catalogue.ts'

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

/** 2^15 × 8 × 128 bytes = 32 MiB and about 80 ms per guess (OWASP's scrypt parameters). */
const cost = { ln: 15, r: 8, p: 1 }
const saltBytes = 16
const hashBytes = 32

const minLength = 10
const maxLength = 200

/** Unauthenticated clients can cause this work: 2 hashes run at once, the next 32 wait, more are rejected. */
const hashing = new Semaphore({ permits: 2, maxWaiting: 32, what: 'logins', retryAfterMs: 2_000 })

/** A hash that no password matches, so that an unknown user takes as long as a wrong password. */
const dummyHash = formatHash(cost, Buffer.alloc(saltBytes), Buffer.alloc(hashBytes))

/** @throws DarkroomError `bad-request` unless the password has 10 to 200 characters */
export function requireValidPassword(password: string): void {
  if (hasAllowedLength(password)) return
  throw new DarkroomError('bad-request', `password: must have ${minLength} to ${maxLength} characters`)
}

/**
 * Hashes a password with scrypt. The result includes the parameters and the salt (PHC string format).
 * @throws DarkroomError `bad-request` for an invalid password, `overloaded` when too many wait
 */
export async function hashPassword(password: string): Promise<string> {
  requireValidPassword(password)
  const salt = randomBytes(saltBytes)
  return formatHash(cost, salt, await hashing.run(() => hash(password, salt, cost, hashBytes)))
}

/**
 * Whether the password matches the hash, compared in constant time. Without a hash (an unknown user) it does
 * the same work and returns false.
 * @throws DarkroomError `overloaded` when too many wait
 */
export async function verifyPassword(password: string, hashed: string | undefined): Promise<boolean> {
  if (!hasAllowedLength(password)) return false
  const stored = parseHash(hashed ?? dummyHash)
  const actual = await hashing.run(() => hash(password, stored.salt, stored.cost, stored.hash.length))
  return timingSafeEqual(actual, stored.hash) && hashed !== undefined
}

type Cost = typeof cost

function hash(password: string, salt: Buffer, { ln, r, p }: Cost, length: number): Promise<Buffer> {
  const N = 2 ** ln
  // Keyboards compose the same letter differently.
  return derive(password.normalize('NFKC'), salt, length, { N, r, p, maxmem: 256 * N * r * p })
}

function hasAllowedLength(password: string): boolean {
  // A code point has one or two code units: a huge text is rejected before its code points are counted.
  if (password.length > 2 * maxLength) return false
  const { length } = [...password]
  return length >= minLength && length <= maxLength
}

function formatHash({ ln, r, p }: Cost, salt: Buffer, hashed: Buffer): string {
  return `$scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64url')}$${hashed.toString('base64url')}`
}

function parseHash(text: string): { cost: Cost; salt: Buffer; hash: Buffer } {
  const [, ln, r, p, salt, hashed] =
    /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(text) ?? []
  if (!salt || !hashed) throw new Error('a stored password hash has an unknown format')
  return {
    cost: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hashed, 'base64url'),
  }
}
