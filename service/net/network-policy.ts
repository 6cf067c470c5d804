import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { isPublicAddress } from './public-address.ts'

/** Which hosts may be fetched from. */
export interface NetworkPolicy {
  /** The addresses of a name, at most some; none when it has none. @throws the signal's reason */
  resolve(name: string, signal: AbortSignal): Promise<string[]>
  /** Whether an address may be connected to. */
  allows(address: string): boolean
}

/** Whether an address may be connected to for a stranger. */
export type AddressFilter = NetworkPolicy['allows']

/** How long a name server may take to answer, in milliseconds, and how often it is asked. */
const answerMs = 3_000
const tries = 2
/** More addresses than these are not tried. */
const mostAddresses = 8

/**
 * The public internet, and nothing of this machine. Names are asked of name servers alone: the machine's own list of hosts
 * is about its own network, and its look-ups would hold threads that developments need.
 */
export const publicNetworkPolicy: NetworkPolicy = {
  async resolve(name, signal) {
    const resolver = new Resolver({ timeout: answerMs, tries })
    const cancel = () => resolver.cancel()
    signal.throwIfAborted()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const asked = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
      signal.throwIfAborted()
      return asked.flatMap(one => (one.status === 'fulfilled' ? one.value : [])).slice(0, mostAddresses)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  },
  // a public address of this machine leads past its firewall
  allows: address => isPublicAddress(address) && !isOwn(address),
}

/**
 * The addresses of a URL's host that may be connected to: all that it has, or none, so that a name cannot mix what is
 * public with what is not.
 */
export async function resolveAllowed(url: URL, reach: NetworkPolicy, signal: AbortSignal): Promise<string[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(host) ? [host] : await reach.resolve(host, signal)
  return addresses.every(address => reach.allows(address)) ? addresses : []
}

function isOwn(address: string): boolean {
  return Object.values(networkInterfaces()).some(list => list?.some(one => one.address === address))
}
