import { Agent, get } from 'node:http'

/** The part of a response that the scenarios use. */
export interface Answer {
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
  /** Time from the request to the last byte, in milliseconds. */
  readonly ms: number
}

/** Timeout of a response, in milliseconds. */
const answerMs = 30_000

/** An agent with at most this number of keep-alive connections. */
export function keptConnections(count: number): Agent {
  return new Agent({ keepAlive: true, maxSockets: count, maxFreeSockets: count })
}

/** Fetches one URL. @throws Error for a status other than 200 */
export async function fetchOne(url: string, agent: Agent): Promise<Answer> {
  const answer = await tryOne(url, agent)
  if (answer.status === 200) return answer
  const said = `${answer.status} ${answer.body.toString().slice(0, 200)}`
  throw new Error(`${new URL(url).pathname}: answered ${said}`)
}

/** Fetches one URL and returns any response. */
export function tryOne(
  url: string,
  agent: Agent,
  timeout = answerMs,
): Promise<Answer & { readonly status: number }> {
  const begun = performance.now()
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, timeout }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response
        resolve({ status, headers, body: Buffer.concat(chunks), ms: performance.now() - begun })
      })
    })
    request.on('timeout', () => request.destroy(new Error('the response timed out')))
    request.on('error', reject)
  })
}

/** Runs work for each item with limited concurrency. Results are in the order of the items. */
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
