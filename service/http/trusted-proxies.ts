import { BlockList, isIP } from 'node:net'

/** Whether an address belongs to a proxy whose `X-Forwarded-For` is trusted. */
export type TrustsProxy = (address: string) => boolean

/**
 * Parses a list of addresses and networks (`10.0.0.7, 10.1.0.0/16, fd00::/8`). Undefined when the list is empty.
 * @throws Error that names the invalid entry
 */
export function parseTrustedProxies(text: string | undefined): TrustsProxy | undefined {
  const entries = (text ?? '').split(',').flatMap(entry => entry.trim() || [])
  if (entries.length === 0) return undefined
  const list = new BlockList()
  for (const entry of entries) add(list, entry)
  return address => {
    const version = isIP(address)
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}

function add(list: BlockList, entry: string): void {
  const [address = '', bits, ...more] = entry.split('/')
  const version = isIP(address)
  const maxBits = version === 4 ? 32 : 128
  const isMalformed = version === 0 || more.length > 0
  if (isMalformed || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= maxBits))) {
    throw new Error(
      `DARKROOM_TRUSTED_PROXIES: ${entry} is invalid, expected an address or a network such as 10.0.0.0/8`,
    )
  }
  list.addSubnet(address, bits === undefined ? maxBits : Number(bits), version === 4 ? 'ipv4' : 'ipv6')
}
