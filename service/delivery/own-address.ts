import type { Terms } from '../access/authorizer.ts'
import type { PolicyStore } from '../access/policy-store.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import { parseUserId } from '../url/signed-url.ts'

/**
 * Parses a path that a user sends without a signature, and rejects it unless it belongs to the user. As in the image
 * route, the owner is read from the raw path before parsing, so the path of another user is an unknown image, even if
 * the rest of it is malformed.
 * @param parse `parseDerivative` or `parseOriginal`
 * @throws DarkroomError `bad-url`, or `not-found` for another user's path
 */
export function parseOwnPath<Address extends { readonly userId: string }>(
  path: string,
  userId: string,
  parse: (path: string) => Address,
): Address {
  const owner = parseUserId(path)
  const unknown = new DarkroomError('not-found', 'there is no such image')
  if (owner !== undefined && owner !== userId) throw unknown
  const address = parse(path)
  // the parser decodes the owner segment, but the image route could not verify an encoded one
  if (owner === undefined || address.userId !== userId) throw unknown
  return address
}

/** The user's terms under a policy that a signature names. @throws DarkroomError `not-found` for an unknown policy */
export async function underPolicy(
  policies: Pick<PolicyStore, 'find'>,
  userId: string,
  terms: Terms,
  policy: string | undefined,
): Promise<Terms> {
  if (policy !== undefined && !(await policies.find(userId, policy))) {
    throw new DarkroomError('not-found', 'there is no such policy')
  }
  return { ...terms, policy }
}
