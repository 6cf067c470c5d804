import { BlockList, isIP } from 'node:net'

/** Networks that no stranger listens on. */
const near = new BlockList()
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  near.addSubnet(network, bits)
near.addAddress('::1', 'ipv6')
near.addSubnet('fc00::', 7, 'ipv6')
near.addSubnet('fe80::', 10, 'ipv6')

/** The id that stands in the place of a host. @throws Error when there is more, or none */
export function serviceIdOf({ protocol, host, pathname, hash, username, password }: URL): string {
  const bare = /^\/?$/.test(pathname) && hash === '' && username === '' && password === ''
  if (bare && /^[a-zA-Z0-9]{1,64}$/.test(host)) return host
  throw new Error(`must be ${protocol}//<id>, which may be followed by ?api=<base URL>`)
}

/** The base of an API: its own, or the one that the parameter `api` names. @throws Error */
export function apiBaseOf({ searchParams }: URL, own: string): string {
  if ([...searchParams.keys()].some(name => name !== 'api')) throw new Error('the only parameter is api')
  const api = searchParams.get('api')
  if (api === null) return own
  if (!URL.canParse(api)) throw new Error('api: must be a URL')
  const base = new URL(api)
  if (!/^https?:$/.test(base.protocol) || base.search !== '') throw new Error('api: must be a base URL')
  checkPurgeUrl(base)
  return base.href.replace(/\/+$/, '')
}

/** @throws Error for a URL that would send secrets over a network in clear, or holds some itself */
export function checkPurgeUrl({ protocol, hostname, username, password, hash }: URL): void {
  if (username !== '' || password !== '' || hash !== '')
    throw new Error('the URL must hold neither a user nor a fragment')
  if (protocol === 'http:' && !isNear(hostname))
    throw new Error('http:// is for private networks only: use https://')
}

/** Whether a host is of a private network; a name is when no public domain name system could know it. */
function isNear(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '')
  const version = isIP(address)
  if (version > 0) return near.check(address, version === 6 ? 'ipv6' : 'ipv4')
  return !address.includes('.') || /\.(internal|local|localhost|lan)$/.test(address)
}
