import { build } from '../support/build.ts'
import { animation, disc, draw, photo } from '../support/pictures.ts'
import { type Answer, send } from '../support/send.ts'
import { signed } from '../support/signed.ts'
import t from '../support/tap.ts'

const picture = await photo(300, 200).jpeg().toBuffer()
const drawing = await draw(64, 64, x => (x < 20 ? [250, 250, 250] : [20, 60, 120]))
  .png()
  .toBuffer()
const animated = await animation(40)

/** Random numbers from 0 to 1, the same in every run (a linear congruential generator). */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

type Headers = Record<string, string>

/** A header as a cache compares it (RFC 9111, section 4.1): white space and case do not matter in these headers. */
const normalized = (value: string | undefined) =>
  value
    ?.toLowerCase()
    .replaceAll(/[ \t]*([,;])[ \t]*/g, '$1')
    .trim()

/** A cache that keys on exactly the headers that `Vary` names. */
class Cache {
  readonly #stored = new Map<string, { vary: readonly string[]; request: Headers; answer: Answer }[]>()

  find(url: string, request: Headers): Answer | undefined {
    const matches = (stored: { vary: readonly string[]; request: Headers }) =>
      stored.vary.every(name => normalized(stored.request[name]) === normalized(request[name]))
    return this.#stored.get(url)?.find(matches)?.answer
  }

  keep(url: string, request: Headers, answer: Answer): void {
    const vary = (answer.headers.vary ?? '').split(/, */).filter(name => name !== '')
    const entry = { vary: vary.map(name => name.toLowerCase()), request, answer }
    this.#stored.set(url, [...(this.#stored.get(url) ?? []), entry])
  }
}

t.test('a cache that keys on Vary never serves a response that the service would not give', async t => {
  const bench = await build(t)
  const urls = [
    ...(await signed(bench, picture, '_resize_w-30.auto', '_resize_w-auto.auto', '_resize_w-auto.jpg')),
    ...(await signed(bench, picture, '_resize_w-20,dpr-auto.auto', '_resize_w-20,h-auto,dpr-auto.webp')),
    ...(await signed(bench, picture, '_resize_w-30.jpg', '_resize_w-auto,h-40_encode_q-70.jpg')),
    ...(await signed(bench, await disc(30).png().toBuffer(), '.auto', '_resize_w-20,dpr-auto.auto')),
    ...(await signed(bench, drawing, '.auto')),
    ...(await signed(bench, animated, '.auto', '_page_n-1.auto', '_page_n-1_resize_w-auto.auto')),
  ]
  const random = seededRandom(20261123)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
  const types = [
    'image/avif',
    'image/webp',
    'image/jxl',
    'image/png',
    'image/jpeg',
    'image/gif',
    'image/*',
    '*/*',
  ]
  const weights = ['', '', ';q=0', ' ; Q=0.5', ';q=0.9', ';q=x', ';q=1.000']
  const accept = () => {
    const ranges = types.filter(() => random() < 0.35).map(type => `${type}${pick(weights)}`)
    return ranges.sort(() => random() - 0.5).join(pick([',', ', ', ' ,']))
  }
  const accepts = Array.from({ length: 12 }, accept)
  const pools: Record<string, readonly string[]> = {
    accept: [...accepts, '', 'text/html', 'IMAGE/AVIF', 'image/webp,"'],
    'sec-ch-dpr': ['1', '2', '2.0', '1.25', '0.5', '9', 'x'],
    'sec-ch-width': ['20', '300', '0', '99999', '-5', '300, 20'],
    'sec-ch-viewport-width': ['150', '400', ''],
    'save-data': ['on', ' On', 'off', '1'],
    dpr: ['3'],
    width: ['100'],
    'user-agent': ['one', 'two'],
    'accept-language': ['en', 'fr'],
  }
  const cache = new Cache()
  const withoutVary = new Map<string, Answer>()
  const varies = new Map<string, string | undefined>()
  let [hits, mixed, revalidated] = [0, 0, 0]
  for (let round = 0; round < 1500; round++) {
    const url = pick(urls)
    const names = Object.keys(pools).filter(() => random() < 0.3)
    const headers = Object.fromEntries(names.map(name => [name, pick(pools[name] ?? [''])]))
    const about = `${url} ${JSON.stringify(headers)}`
    const path = url.slice(bench.url.length)
    const fresh = await send(bench.url, path, { headers })
    if (fresh.status !== 200) t.fail(`${fresh.status} ${about}`)
    const { vary } = fresh.headers
    if (varies.has(url) && varies.get(url) !== vary) t.fail(`another Vary: ${about}`)
    varies.set(url, vary)
    const cached = cache.find(url, headers)
    if (cached === undefined) cache.keep(url, headers, fresh)
    else {
      hits++
      if (!sameAnswer(cached, fresh)) t.fail(`the cache would be wrong: ${about}`)
      if (hits % 10 === 0) {
        const known = { ...headers, 'if-none-match': cached.headers.etag ?? '' }
        const current = await send(bench.url, path, { headers: known })
        if (current.status !== 304 || current.headers.vary !== vary) t.fail(`not current: ${about}`)
        revalidated++
      }
    }
    const first = withoutVary.get(url) ?? fresh
    withoutVary.set(url, first)
    if (!sameAnswer(first, fresh)) mixed++
  }
  t.ok(hits > 300 && revalidated > 30, `${hits} cache hits, ${revalidated} revalidated`)
  t.ok(mixed > 100, `a cache that ignored Vary would have been wrong ${mixed} times`)
  t.equal(new Set(varies.values()).size, 6, [...varies.values()].join('; '))
})

const sameAnswer = (one: Answer, other: Answer) =>
  one.headers.etag === other.headers.etag &&
  one.headers['content-type'] === other.headers['content-type'] &&
  one.body === other.body
