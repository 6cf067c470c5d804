import type { Test } from 'tap'
import type { NetworkPolicy } from '../../net/network-policy.ts'
import { startHttpServer } from '../support/http-server.ts'
import { photo } from '../support/pictures.ts'

/** A website on this machine. Examples use its URL as if it were a public website. */
export interface Site {
  readonly url: string
  /** Allows the service to connect to this site only. */
  readonly network: NetworkPolicy
}

/** Serves a photograph at every path, and accepts every webhook; it ends with the test. */
export async function startSite(t: Test): Promise<Site> {
  const boat = await photo(600, 400).jpeg().toBuffer()
  const port = await startHttpServer(t, (request, response) => {
    if (request.method === 'POST') response.writeHead(204).end()
    else response.writeHead(200, { 'content-type': 'image/jpeg' }).end(boat)
  })
  const network: NetworkPolicy = {
    resolve: async name => (name.endsWith('.example.org') ? ['127.0.0.1'] : []),
    allows: address => address === '127.0.0.1',
  }
  return { url: `http://photos.example.org:${port}`, network }
}
