import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { messageOf } from '../errors/catalogue.ts'
import type { EdgeCall, EdgeKind, EdgeRequest } from './kind.ts'

/** A cache in front that is told. */
export interface EdgeTarget {
  /** Names it in jobs without telling where it is: a place may hold secrets. */
  readonly id: string
  readonly kind: EdgeKind
  request(call: EdgeCall): EdgeRequest
}

const folder = new URL('./all/', import.meta.url)
const mostTargets = 8

/**
 * Finds the kinds of caches by scanning `all/`: each file's default export is one. Nobody keeps a list.
 * @throws Error when a file does not hold the kind that its name says: a programming error, seen at start
 */
export async function loadEdgeKinds(): Promise<EdgeKind[]> {
  const files = (await readdir(folder))
    .filter(name => name.endsWith('.js') && !name.includes('.test.'))
    .sort()
  const load = async (file: string) => {
    const { default: kind }: { default?: EdgeKind } = await import(new URL(file, folder).href)
    if (kind === undefined || `${kind.name}.js` !== file)
      throw new Error(`edge/all/${file} must export the kind of its name as default`)
    return kind
  }
  return Promise.all(files.map(load))
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
