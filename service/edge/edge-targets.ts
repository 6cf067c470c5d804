import { createHash } from 'node:crypto'
import { messageOf } from '../errors/catalogue.ts'
import { loadModules } from '../modules/modules.ts'
import type { EdgeProvider, PurgeCall, PurgeRequest } from './edge-provider.ts'

/** A cache in front that is told. */
export interface EdgeTarget {
  /** Names it in jobs without telling where it is: a place may hold secrets. */
  readonly id: string
  readonly provider: EdgeProvider
  createRequest(call: PurgeCall): PurgeRequest
}

const mostTargets = 8

/**
 * Loads the providers of caches by scanning `all/`: each file's default export is one.
 * @throws Error when a file does not export the kind of its name: a programming error, reported at start
 */
export async function loadEdgeProviders(): Promise<EdgeProvider[]> {
  return [...(await loadModules<EdgeProvider>(new URL('./all/', import.meta.url))).values()]
}

/**
 * The caches of `DARKROOM_EDGE_PURGE`, with the secrets of `DARKROOM_EDGE_TOKEN` in the same order.
 * @throws Error that names the variable, and repeats no value
 */
export function parseEdgeTargets(providers: readonly EdgeProvider[], places = '', tokens = ''): EdgeTarget[] {
  const [urls, secrets] = [words(places), words(tokens)]
  if (urls.length > mostTargets) throw mistake(`at most ${mostTargets} caches can be told`)
  if (urls.length !== secrets.length)
    throw new Error(
      `DARKROOM_EDGE_TOKEN: needs a secret for each of the ${urls.length} in DARKROOM_EDGE_PURGE`,
    )
  if (secrets.some(secret => !/^[\x21-\x7e]+$/.test(secret)))
    throw new Error('DARKROOM_EDGE_TOKEN: may hold printable characters only')
  return urls.map((text, index) => open(providers, text, secrets[index] ?? ''))
}

function open(providers: readonly EdgeProvider[], text: string, secret: string): EdgeTarget {
  const place = URL.canParse(text) ? new URL(text) : undefined
  const provider = providers.find(({ protocols }) => place && protocols.includes(place.protocol))
  if (place === undefined || provider === undefined) {
    const known = providers.flatMap(({ protocols }) => protocols).map(protocol => `${protocol}//`)
    throw mistake(`expected URLs that begin with ${known.join(', ')}`)
  }
  try {
    const id = `${provider.name}-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`
    return { id, provider, createRequest: provider.open(place, secret) }
  } catch (error) {
    throw mistake(`${provider.name}: ${messageOf(error)}`)
  }
}

const words = (text: string) => text.split(/\s+/).filter(word => word !== '')

const mistake = (what: string) => new Error(`DARKROOM_EDGE_PURGE: ${what}`)
