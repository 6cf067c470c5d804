import { isIPv6 } from 'node:net'

/** The client that sent a request. */
export interface ClientInfo {
  /** The client's address, as reported by trusted proxies. */
  readonly address: string
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal
}

/**
 * The network of an address, which throttling treats as one client. A customer usually gets a whole /64 of
 * IPv6, so an IPv6 address is reduced to that; an IPv4 address stays as it is.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail ? tail.split(':') : []
  // the number of zero groups that `::` abbreviates
  const missing = tail === undefined ? 0 : 8 - first.length - last.length
  const groups = [...first, ...Array<string>(Math.max(0, missing)).fill('0'), ...last]
  return `${groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
