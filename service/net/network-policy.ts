import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { isPublicAddress } from './public-address.ts'

/** Decides which hosts the service connects to on behalf of a user. */
export interface NetworkPolicy {
  /** The addresses of a name, at most 8; empty when it has none. @throws the signal's reason */
  resolve(name: string, signal: AbortSignal): Promise<string[]>
  /** Whether an address may be connected to. */
  allows(address: string): boolean
}

/** Whether the service may connect to an address on behalf of a user. */
export type AddressFilter = NetworkPolicy['allows']

/** How long a name server may take to answer, in milliseconds, and how often it is queried. */
const answerMs = 3_000
const tries = 2
/** Further addresses of a name are ignored. */
const maxAddresses = 8

/**
 * Allows the public internet, but no address of this machine. Names are resolved by DNS only: the machine's hosts
 * file describes its private network, and system lookups would occupy libuv threads that rendering needs.
 */
export const publicNetworkPolicy: NetworkPolicy = {
  async resolve(name, signal) {
    const resolver = new Resolver({ timeout: answerMs, tries })
    const cancel = () => resolver.cancel()
    signal.throwIfAborted()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
      signal.throwIfAborted()
      return answers.flatMap(one => (one.status === 'fulfilled' ? one.value : [])).slice(0, maxAddresses)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  },
  // a connection to a public address of this machine would bypass its firewall
  allows: address => isPublicAddress(address) && !isOwnAddress(address),
}

/**
 * The addresses of a URL's host. Empty unless all of them are allowed, so that a name cannot mix public addresses with
 * others.
 */
export async function resolveAllowed(
  url: URL,
  policy: NetworkPolicy,
  signal: AbortSignal,
): Promise<string[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(host) ? [host] : await policy.resolve(host, signal)
  return addresses.every(address => policy.allows(address)) ? addresses : []
}

function isOwnAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some(list => list?.some(one => one.address === address))
}
