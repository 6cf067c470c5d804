import { BlockList, isIPv4, isIPv6 } from 'node:net'

/**
 * IPv4 networks that are not the public's: the special-purpose registry of IANA (RFC 6890), multicast, and one address
 * that every virtual machine at Azure reaches its host by.
 */
const closed4 = listOf('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
])

/**
 * Where public unicast addresses of IPv6 lie. Everything else is closed with no need to name it: loopback, local,
 * multicast, and the networks that wrap an IPv4 address (mapped, compatible, translated, NAT64).
 */
const open6 = listOf('ipv6', ['2000::/3'])
/** What is special among them: Teredo and its neighbours, 6to4 (both wrap IPv4), documentation, AS112. */
const closed6 = listOf('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'])

/** Whether an address is one of the public internet, of one host. False for what is no address. */
export function isPublicAddress(address: string): boolean {
  // with a zone it is one of this machine's own links
  if (address.includes('%')) return false
  if (isIPv4(address)) return !closed4.check(address, 'ipv4')
  return isIPv6(address) && open6.check(address, 'ipv6') && !closed6.check(address, 'ipv6')
}

function listOf(family: 'ipv4' | 'ipv6', networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits), family)
  }
  return list
}
