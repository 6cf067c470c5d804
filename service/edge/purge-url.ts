import { BlockList, isIP } from 'node:net'

const privateNetworks = new BlockList()
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  privateNetworks.addSubnet(network, bits)
privateNetworks.addAddress('::1', 'ipv6')
privateNetworks.addSubnet('fc00::', 7, 'ipv6')
privateNetworks.addSubnet('fe80::', 10, 'ipv6')

/** The id of a zone or service, which takes the place of the host. @throws Error unless the URL consists of just it */
export function serviceIdOf({ protocol, host, pathname, hash, username, password }: URL): string {
  const isAlone = /^\/?$/.test(pathname) && hash === '' && username === '' && password === ''
  if (isAlone && /^[a-zA-Z0-9]{1,64}$/.test(host)) return host
  throw new Error(`must be ${protocol}//<id>, optionally followed by ?api=<base URL>`)
}

/** The base URL of an API: the one of the parameter `api`, or the default. @throws Error */
export function apiBaseOf({ searchParams }: URL, defaultBase: string): string {
  if ([...searchParams.keys()].some(name => name !== 'api'))
    throw new Error('unknown parameter, expected only api')
  const api = searchParams.get('api')
  if (api === null) return defaultBase
  if (!URL.canParse(api)) throw new Error('api: must be a URL')
  const base = new URL(api)
  if (!/^https?:$/.test(base.protocol) || base.search !== '')
    throw new Error('api: must be an http:// or https:// URL without parameters')
  checkPurgeUrl(base)
  return base.href.replace(/\/+$/, '')
}

/** @throws Error for a URL that contains secrets, or that would send secrets unencrypted over a public network */
export function checkPurgeUrl({ protocol, hostname, username, password, hash }: URL): void {
  if (username !== '' || password !== '' || hash !== '')
    throw new Error('must not contain a user, password or fragment')
  if (protocol === 'http:' && !isPrivateHost(hostname))
    throw new Error('http:// is allowed for private networks only, use https://')
}

/** Whether a host is in a private network. A name is private when public DNS cannot contain it. */
function isPrivateHost(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '')
  const version = isIP(address)
  if (version > 0) return privateNetworks.check(address, version === 6 ? 'ipv6' : 'ipv4')
  return !address.includes('.') || /\.(internal|local|localhost|lan)$/.test(address)
}
