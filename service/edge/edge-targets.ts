import { createHash } from 'node:crypto'
import { messageOf } from '../errors/catalogue.ts'
import { loadModules } from '../modules/modules.ts'
import type { EdgeProvider, PurgeCall, PurgeRequest } from './edge-provider.ts'

/** A configured CDN. */
export interface EdgeTarget {
  /** Identifies the CDN in jobs without its URL, which may contain secrets. */
  readonly id: string
  readonly provider: EdgeProvider
  createRequest(call: PurgeCall): PurgeRequest
}

const maxTargets = 8

/**
 * Loads the kinds of CDNs by scanning `all/`: each file's default export is one.
 * @throws Error when a file does not export the provider of its name: a programming error, reported at start
 */
export async function loadEdgeProviders(): Promise<EdgeProvider[]> {
  return [...(await loadModules<EdgeProvider>(new URL('./all/', import.meta.url))).values()]
}

/**
 * The CDNs of `DARKROOM_EDGE_PURGE`, with the secrets of `DARKROOM_EDGE_TOKEN` in the same order.
 * @throws Error that names the variable and repeats no value
 */
export function parseEdgeTargets(providers: readonly EdgeProvider[], urls = '', tokens = ''): EdgeTarget[] {
  const openers = parseEdgeUrls(providers, urls)
  const secrets = parseEdgeTokens(tokens, urls)
  return openers.map((open, index) => open(secrets[index] ?? ''))
}

/** Creates the target of a CDN whose URL is valid. */
type OpenEdgeTarget = (secret: string) => EdgeTarget

/** Parses `DARKROOM_EDGE_PURGE`. @throws Error that names the variable and repeats no value */
export function parseEdgeUrls(providers: readonly EdgeProvider[], urls = ''): OpenEdgeTarget[] {
  const texts = split(urls)
  if (texts.length > maxTargets) throw invalid(`must have at most ${maxTargets} URLs`)
  return texts.map(text => parseEdgeUrl(providers, text))
}

/**
 * Parses `DARKROOM_EDGE_TOKEN`, which has one secret for each URL.
 * @throws Error that names the variable and repeats no value
 */
export function parseEdgeTokens(tokens = '', urls = ''): string[] {
  const [secrets, count] = [split(tokens), split(urls).length]
  if (secrets.length !== count)
    throw new Error(
      `DARKROOM_EDGE_TOKEN: needs a secret for each of the ${count} URLs in DARKROOM_EDGE_PURGE`,
    )
  if (secrets.some(secret => !/^[\x21-\x7e]+$/.test(secret)))
    throw new Error('DARKROOM_EDGE_TOKEN: must consist of printable ASCII characters')
  return secrets
}

function parseEdgeUrl(providers: readonly EdgeProvider[], text: string): OpenEdgeTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const provider = providers.find(({ protocols }) => url && protocols.includes(url.protocol))
  if (url === undefined || provider === undefined) {
    const known = providers.flatMap(({ protocols }) => protocols).map(protocol => `${protocol}//`)
    throw invalid(`each URL must begin with one of ${known.join(', ')}`)
  }
  const id = `${provider.name}-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`
  try {
    provider.open(url, '') // checks the URL
  } catch (error) {
    throw invalid(`${provider.name}: ${messageOf(error)}`)
  }
  return secret => ({ id, provider, createRequest: provider.open(url, secret) })
}

const split = (text: string) => text.split(/\s+/).filter(part => part !== '')

const invalid = (problem: string) => new Error(`DARKROOM_EDGE_PURGE: ${problem}`)
