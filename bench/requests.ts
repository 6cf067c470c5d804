import { Agent, get } from 'node:http'

/** A response, as far as the scenarios look at it. */
export interface Answer {
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
  /** From the request to the last byte, in milliseconds. */
  readonly ms: number
}

/** How long an answer may take, in milliseconds. */
const answerMs = 30_000

/** Connections that are kept between requests, at most so many. */
export function keptConnections(count: number): Agent {
  return new Agent({ keepAlive: true, maxSockets: count, maxFreeSockets: count })
}

/** Fetches one URL. @throws Error for anything but 200 */
export async function fetchOne(url: string, agent: Agent): Promise<Answer> {
  const answer = await tryOne(url, agent)
  if (answer.status === 200) return answer
  const said = `${answer.status} ${answer.body.toString().slice(0, 200)}`
  throw new Error(`${new URL(url).pathname}: answered ${said}`)
}

/** Fetches one URL, whatever is answered. */
export function tryOne(url: string, agent: Agent): Promise<Answer & { readonly status: number }> {
  const begun = performance.now()
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, timeout: answerMs }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response
        resolve({ status, headers, body: Buffer.concat(chunks), ms: performance.now() - begun })
      })
    })
    request.on('timeout', () => request.destroy(new Error('an answer did not come in time')))
    request.on('error', reject)
  })
}

/** Does some work for each item, so many at once; the results in the items' order. */
export async function forEach<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const left = items.entries()
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}
