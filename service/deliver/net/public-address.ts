import { BlockList, isIP } from 'node:net'

/** IPv4 networks that are no public unicast (IANA's registry of special-purpose addresses, and multicast). */
const special4 = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  special4.addSubnet(network, bits)

/** All of IPv6 that is global unicast: what maps or translates to IPv4 from elsewhere is not among it. */
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')
/** Of that, what tunnels, documents and tests. */
const special6 = new BlockList()
special6.addSubnet('2001::', 23, 'ipv6')
special6.addSubnet('2001:db8::', 32, 'ipv6')
special6.addSubnet('2002::', 16, 'ipv6')
special6.addSubnet('3fff::', 20, 'ipv6')

/** Whether this process may connect to an address for a stranger. */
export type MayReach = (address: string) => boolean

/** Whether an address is one of the public internet, of a single host. What is no address is none. */
export const isPublicAddress: MayReach = address => {
  const version = isIP(address)
  if (version === 4) return !special4.check(address, 'ipv4')
  return version === 6 && global6.check(address, 'ipv6') && !special6.check(address, 'ipv6')
}
