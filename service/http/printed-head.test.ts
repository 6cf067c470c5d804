import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from '../test/support/tap.ts'
import { PrintedHead } from './printed-head.ts'

const headers = ['content-type', 'text/plain', 'content-length', '5', 'etag', '"a"']

/** Sends requests over one connection and returns all that the server answers. The last request must close it. */
async function answersTo(requests: readonly string[], write: PrintedHead['write']): Promise<string> {
  const server = createServer((_, response) => {
    write(response, headers, performance.now())
    response.end('hello')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.write(requests.map(request => `${request}\r\n\r\n`).join(''))
  const answers = await text(socket)
  server.close()
  return answers.replaceAll(/^Date: .*$/gm, 'Date')
}

const get = 'GET / HTTP/1.1\r\nHost: a'

t.test('responses with a printed head are the same as those that Node prints', async t => {
  const head = new PrintedHead()
  const requests = [get, get, get.replace('GET', 'HEAD'), get, `${get}\r\nConnection: close`]
  const printed = await answersTo(requests, (response, ...rest) => head.write(response, ...rest))
  t.equal(printed.match(/HTTP\/1.1 200 OK/g)?.length, 5)
  t.equal(printed.match(/hello/g)?.length, 4, 'HEAD has no body')
  t.equal(printed.match(/Connection: close/g)?.length, 1)
  t.equal(printed, await answersTo(requests, response => response.writeHead(200, headers)))
  const old = ['GET / HTTP/1.0\r\nConnection: keep-alive', 'GET / HTTP/1.0']
  t.equal(
    await answersTo(old, (response, ...rest) => head.write(response, ...rest)),
    await answersTo(old, response => response.writeHead(200, headers)),
  )
})

t.test('a head is printed once in each second, and again for other headers', async t => {
  const head = new PrintedHead()
  const printed: number[] = []
  const calls = [0, 0, 2000, 2000, 2000, 2000].map((now, index) => ({
    now,
    index,
    sent: index < 4 ? headers : [...headers],
  }))
  const left = calls.values()
  await answersTo([get, get, get, get, get, `${get}\r\nConnection: close`], response => {
    const { now, index, sent } = left.next().value!
    const { writeHead } = response
    response.writeHead = (...args: unknown[]) => {
      printed.push(index)
      return Reflect.apply(writeHead, response, args)
    }
    head.write(response, sent, now)
  })
  t.strictSame(printed, [0, 2, 4, 5])
})
