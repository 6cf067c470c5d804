import { createHash } from 'node:crypto'

/** The hash to store of a long random secret, which needs no slow hash function. */
export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
