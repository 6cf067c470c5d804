import { BlockList, isIPv4, isIPv6 } from 'node:net'

/**
 * IPv4 networks that are not public: IANA's special-purpose registry (RFC 6890), multicast, and the address at which
 * every virtual machine in Azure reaches its host.
 */
const closedIpv4 = blockListOf('ipv4', [
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
 * The range of public unicast IPv6 addresses. It excludes loopback, local, multicast and the networks that embed an
 * IPv4 address (mapped, compatible, translated, NAT64).
 */
const publicIpv6 = blockListOf('ipv6', ['2000::/3'])
/** Special networks in that range: Teredo and its neighbours, 6to4 (both embed IPv4), documentation, AS112. */
const closedIpv6 = blockListOf('ipv6', [
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
])

/** Whether an address is a public unicast address. False for any other text. */
export function isPublicAddress(address: string): boolean {
  // an address with a zone is link-local
  if (address.includes('%')) return false
  if (isIPv4(address)) return !closedIpv4.check(address, 'ipv4')
  return isIPv6(address) && publicIpv6.check(address, 'ipv6') && !closedIpv6.check(address, 'ipv6')
}

function blockListOf(family: 'ipv4' | 'ipv6', networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits), family)
  }
  return list
}
