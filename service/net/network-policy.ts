import type { LookupAddress } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { isIP, isIPv6, type LookupFunction } from 'node:net'
import { networkInterfaces } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { isPublicAddress } from './public-address.ts'

/** Decides which hosts the service connects to on behalf of a user. */
export interface NetworkPolicy {
  /**
   * The addresses of a name, at most 8; empty when it has none.
   * @throws UnansweredLookup, or the signal's reason
   */
  resolve(name: string, signal: AbortSignal): Promise<string[]>
  /** Whether an address may be connected to. */
  allows(address: string): boolean
}

/** Whether the service may connect to an address on behalf of a user. */
export type AddressFilter = NetworkPolicy['allows']

/** No name server has given an answer, so another attempt may succeed. */
export class UnansweredLookup extends Error {}

/** How long a name server may take to answer, in milliseconds, and how often it is queried. */
const answerMs = 3_000
const tries = 2
/** Further addresses of a name are ignored. */
const maxAddresses = 8
/** The errors of a name without addresses and of an invalid name. All other errors of a lookup are temporary. */
const definiteErrors = ['ENOTFOUND', 'ENODATA', 'EBADNAME']
/** A refusal of a name takes a multiple of this, in milliseconds. */
const refusalStepMs = 1_000

/**
 * Resolves a name by DNS only: the machine's hosts file describes its private network, and system lookups would occupy
 * libuv threads that rendering needs.
 * @param servers `address:port` of the name servers to query; those of the system by default
 * @throws UnansweredLookup, or the signal's reason
 */
export async function resolveByDns(
  name: string,
  signal: AbortSignal,
  servers?: readonly string[],
): Promise<string[]> {
  const resolver = new Resolver({ timeout: answerMs, tries })
  if (servers) resolver.setServers(servers)
  const cancel = () => resolver.cancel()
  signal.throwIfAborted()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    signal.throwIfAborted()
    const addresses = answers.flatMap(one => (one.status === 'fulfilled' ? one.value : []))
    if (addresses.length === 0 && answers.some(isTemporary))
      throw new UnansweredLookup('no name server has answered')
    return addresses.slice(0, maxAddresses)
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

function isTemporary(answer: PromiseSettledResult<unknown>): boolean {
  return answer.status === 'rejected' && !definiteErrors.includes(answer.reason?.code)
}

/** Allows the public internet, but no address of this machine. */
export const publicNetworkPolicy: NetworkPolicy = {
  resolve: (name, signal) => resolveByDns(name, signal),
  // a connection to a public address of this machine would bypass its firewall
  allows: address => isPublicAddress(address) && !isOwnAddress(address),
}

/**
 * The addresses of a URL's host. Empty unless all of them are allowed, so that a name cannot mix public addresses with
 * others. A name is refused only at a whole second after the start, so that the time does not reveal whether the name
 * is unknown or belongs to the private network, whose name server answers sooner.
 * @throws UnansweredLookup, or the signal's reason
 */
export async function resolveAllowed(
  url: URL,
  policy: NetworkPolicy,
  signal: AbortSignal,
): Promise<string[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host)) return policy.allows(host) ? [host] : []
  const start = performance.now()
  let addresses: string[] = []
  try {
    addresses = await policy.resolve(host, signal)
  } catch (error) {
    signal.throwIfAborted()
    await untilWholeStep(start, signal)
    throw error
  }
  if (addresses.length > 0 && addresses.every(address => policy.allows(address))) return addresses
  await untilWholeStep(start, signal)
  return []
}

/** @throws the signal's reason */
async function untilWholeStep(start: number, signal: AbortSignal): Promise<void> {
  const passed = performance.now() - start
  await setTimeout(refusalStepMs - (passed % refusalStepMs), undefined, { signal }).catch(() => {})
  signal.throwIfAborted()
}

/**
 * A DNS lookup function for a connection. It returns addresses that were checked before, all of them or the first. The
 * name is not resolved again, which prevents DNS rebinding.
 */
export function lookupAmong(addresses: readonly string[]): LookupFunction {
  const all: LookupAddress[] = addresses.map(address => ({ address, family: isIPv6(address) ? 6 : 4 }))
  return (_host, { all: wantsAll }, callback) => {
    const [first] = all
    if (wantsAll) callback(null, all)
    else callback(null, first?.address ?? '', first?.family)
  }
}

function isOwnAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some(list => list?.some(one => one.address === address))
}
