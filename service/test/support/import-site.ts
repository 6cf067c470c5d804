import type { RequestListener, ServerResponse } from 'node:http'
import type { Test } from 'tap'
import type { NetworkPolicy } from '../../net/network-policy.ts'
import { startHttpServer } from './http-server.ts'

const addresses: Readonly<Record<string, readonly string[]>> = {
  'here.test': ['127.0.0.1'],
  'mixed.test': ['127.0.0.1', '10.0.0.1'],
  'inner.test': ['10.0.0.1'],
}

/** Resolves the names of import tests only, and allows this machine only. */
export const importPolicy: NetworkPolicy = {
  resolve: async name => [...(addresses[name] ?? [])],
  allows: address => address === '127.0.0.1',
}

/** Starts a web server from which images are imported as `here.test`, and records the paths of its requests. */
export async function startImportSite(t: Test, answer: RequestListener) {
  const paths: string[] = []
  const port = await startHttpServer(t, (request, response) => {
    paths.push(request.url ?? '')
    answer(request, response)
  })
  return { port, url: `http://here.test:${port}`, paths }
}

/** Sends a byte every 100 ms until the connection closes. */
export function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write('x'), 100)
  response.once('close', () => clearInterval(timer))
}
