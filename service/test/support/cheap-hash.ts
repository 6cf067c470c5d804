import { scryptSync } from 'node:crypto'

/**
 * The hash of a password as it is stored, at a low cost. A hash at the cost of the service takes 80 ms of CPU, and
 * the user of each started service would need two: one when it is created, one when it signs in.
 */
export function cheapHash(password: string): string {
  const salt = Buffer.from('salt of the tests')
  const hash = scryptSync(password, salt, 32, { N: 2 ** 4, r: 1, p: 1 })
  return `$scrypt$ln=4,r=1,p=1$${salt.toString('base64url')}$${hash.toString('base64url')}`
}
