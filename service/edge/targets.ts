import { createHash } from 'node:crypto'
import { messageOf } from '../errors/catalogue.ts'
import { loadModules } from '../modules/modules.ts'
import type { EdgeCall, EdgeKind, EdgeRequest } from './kind.ts'

/** A cache in front that is told. */
export interface EdgeTarget {
  /** Names it in jobs without telling where it is: a place may hold secrets. */
  readonly id: string
  readonly kind: EdgeKind
  request(call: EdgeCall): EdgeRequest
}

const mostTargets = 8

/**
 * Loads the kinds of caches by scanning `all/`: each file's default export is one.
 * @throws Error when a file does not export the kind of its name: a programming error, reported at start
 */
export async function loadEdgeKinds(): Promise<EdgeKind[]> {
  return [...(await loadModules<EdgeKind>(new URL('./all/', import.meta.url))).values()]
}

/**
 * The caches of `DARKROOM_EDGE_PURGE`, with the secrets of `DARKROOM_EDGE_TOKEN` in the same order.
 * @throws Error that names the variable, and repeats no value
 */
export function parseTargets(kinds: readonly EdgeKind[], places = '', tokens = ''): EdgeTarget[] {
  const [urls, secrets] = [words(places), words(tokens)]
  if (urls.length > mostTargets) throw mistake(`at most ${mostTargets} caches can be told`)
  if (urls.length !== secrets.length)
    throw new Error(
      `DARKROOM_EDGE_TOKEN: needs a secret for each of the ${urls.length} in DARKROOM_EDGE_PURGE`,
    )
  if (secrets.some(secret => !/^[\x21-\x7e]+$/.test(secret)))
    throw new Error('DARKROOM_EDGE_TOKEN: may hold printable characters only')
  return urls.map((text, index) => open(kinds, text, secrets[index] ?? ''))
}

function open(kinds: readonly EdgeKind[], text: string, secret: string): EdgeTarget {
  const place = URL.canParse(text) ? new URL(text) : undefined
  const kind = kinds.find(({ protocols }) => place && protocols.includes(place.protocol))
  if (place === undefined || kind === undefined) {
    const known = kinds.flatMap(({ protocols }) => protocols).map(protocol => `${protocol}//`)
    throw mistake(`expected URLs that begin with ${known.join(', ')}`)
  }
  try {
    const id = `${kind.name}-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`
    return { id, kind, request: kind.open(place, secret) }
  } catch (error) {
    throw mistake(`${kind.name}: ${messageOf(error)}`)
  }
}

const words = (text: string) => text.split(/\s+/).filter(word => word !== '')

const mistake = (what: string) => new Error(`DARKROOM_EDGE_PURGE: ${what}`)
