import { isIPv6 } from 'node:net'

/** Where a request comes from. */
export interface ClientInfo {
  /** The client's address, as far as it can be believed. */
  readonly address: string
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** Whom an address stands for: a network hands its customer a /64 of IPv6, and all of it is one client. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail ? tail.split(':') : []
  // the zeros that `::` stands for
  const missing = tail === undefined ? 0 : 8 - first.length - last.length
  const groups = [...first, ...Array<string>(Math.max(0, missing)).fill('0'), ...last]
  return `${groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
