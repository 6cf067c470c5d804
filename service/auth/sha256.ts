import { createHash } from 'node:crypto'

/** The hash that is stored in place of a long random secret. Such a secret needs no slow hash function. */
export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
