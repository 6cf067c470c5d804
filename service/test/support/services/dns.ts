import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Test } from 'tap'

/** The answer to a query for an IPv4 address; no name has an IPv6 address. */
export type DnsAnswer = { readonly address: string } | 'unknown' | 'failure'

export interface DnsServer {
  /** `address:port`. */
  readonly server: string
  /** The names of all queries for an IPv4 address, in order. */
  readonly queries: readonly string[]
}

const [typeA, classIn] = [1, 1]
const responseCodes = { failure: 2, unknown: 3 }

/** Starts a DNS server on loopback that stops when the test ends. `answer` gets the name in lower case. */
export async function startDnsServer(
  t: Test,
  answer: (name: string, earlierQueries: number) => DnsAnswer,
): Promise<DnsServer> {
  const socket = createSocket('udp4')
  const queries: string[] = []
  socket.on('message', (query, { address, port }) => {
    const { name, type, end } = questionOf(query)
    const given = answer(name, queries.filter(other => other === name).length)
    if (type === typeA) queries.push(name)
    socket.send(responseTo(query.subarray(0, end), type, given), port, address)
  })
  await once(socket.bind(0, '127.0.0.1'), 'listening')
  t.teardown(() => socket.close())
  return { server: `127.0.0.1:${socket.address().port}`, queries }
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

/** A response without additional sections, RFC 1035 section 4. */
function responseTo(question: Buffer, type: number, given: DnsAnswer): Buffer {
  const response = Buffer.from(question)
  const hasAddress = typeof given === 'object' && type === typeA
  // the flags of a recursive server's response, and the response code
  response.writeUInt16BE(0x8180 | (typeof given === 'object' ? 0 : responseCodes[given]), 2)
  response.writeUInt16BE(hasAddress ? 1 : 0, 6)
  response.fill(0, 8, 12)
  if (!hasAddress) return response
  const record = Buffer.alloc(16)
  // 0xc00c refers to the name in the question; the time to live stays 0, so that the answer is not cached
  record.writeUInt16BE(0xc00c, 0)
  record.writeUInt16BE(typeA, 2)
  record.writeUInt16BE(classIn, 4)
  record.writeUInt16BE(4, 10)
  record.set(given.address.split('.').map(Number), 12)
  return Buffer.concat([response, record])
}
