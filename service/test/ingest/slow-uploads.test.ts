import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { build } from '../support/build.ts'
import { stagedFiles, startUpload } from '../support/direct.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { Form } from '../support/send.ts'
import { bytesOf } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(60, 40).png().toBuffer()
const form = new Form().file('file', picture)

/** Connects and sends the head of a request and the first bytes of its body. */
function begin(t: Test, base: string, head: string, body: Buffer): Socket {
  const socket = connect(Number(new URL(base).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write(`${head}host: x\r\ncontent-length: 1000000\r\n\r\n`)
  socket.write(body)
  return socket
}

t.test('a request whose body stops or is too slow gets 408, and its connection closes', async t => {
  const bench = await build(t, { DARKROOM_RECEIVE_SILENCE_MS: '500', DARKROOM_RECEIVE_MIN_RATE: '10000' })
  const authorization = `authorization: Bearer ${bench.token}\r\n`
  const post = `POST /api/v1/images HTTP/1.1\r\ncontent-type: ${form.type}\r\n`
  const direct = new URL((await startUpload(bench, Buffer.alloc(1_000_000))).url)
  const put = `PUT ${direct.pathname}${direct.search} HTTP/1.1\r\n`
  const login = 'POST /api/v1/auth/login HTTP/1.1\r\ncontent-type: application/json\r\n'
  const { id } = await bench.upload(picture)
  const hit = new URL(await bench.sign({ imageId: id, operations: [], format: 'png' }))
  for (let round = 0; round < 2; round++) await bytesOf(await bench.get(hit.href))
  const half = form.bytes.subarray(0, form.bytes.length / 2)
  const cases: [name: string, head: string, response: RegExp, drips?: boolean, sent?: Buffer][] = [
    ['a silent upload', post + authorization, /^HTTP\/1\.1 408 .*nothing arrived for 0\.5 s/s],
    ['a slow upload', post + authorization, /^HTTP\/1\.1 408 .*less than 10000 bytes per second/s, true],
    ['an upload that is silent after its file', post + authorization, /^HTTP\/1\.1 408 /, false, form.bytes],
    [
      'an upload without its last byte',
      post + authorization,
      /^HTTP\/1\.1 408 /,
      false,
      form.bytes.subarray(0, -1),
    ],
    ['a silent direct upload', put, /^HTTP\/1\.1 408 .*"request-timeout"/s],
    ['a silent body of JSON', login, /^HTTP\/1\.1 408 .*"request-timeout"/s],
    ['a body of a hit', `GET ${hit.pathname}${hit.search} HTTP/1.1\r\n`, /^HTTP\/1\.1 200 /],
    ['a body that is not read', post, /^HTTP\/1\.1 401 .*"unauthorized"/s],
  ]
  const checked = cases.map(async ([name, head, response, drips, sent = half]) => {
    const socket = begin(t, bench.url, head, sent)
    const timer = drips ? setInterval(() => socket.write('x'), 50) : undefined
    socket.once('close', () => clearInterval(timer))
    t.match(await text(socket), response, name)
  })
  await Promise.all(checked)
  await until('the staging directory is empty', 2000, async () => (await stagedFiles(bench)).length === 0)
})

t.test('users who fill their upload slots with silent uploads do not delay others', async t => {
  const bench = await build(t, { DARKROOM_UPLOAD_SLOTS: '8', DARKROOM_UPLOAD_WAIT_MS: '300' })
  const upload = (token: string) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': form.type }
    return fetch(`${bench.url}/api/v1/images`, { method: 'POST', headers, body: new Uint8Array(form.bytes) })
  }
  const silent = [1, 2].map(() =>
    begin(
      t,
      bench.url,
      `POST /api/v1/images HTTP/1.1\r\ncontent-type: ${form.type}\r\nauthorization: Bearer ${bench.token}\r\n`,
      form.bytes.subarray(0, form.bytes.length / 2),
    ),
  )
  await until('both are received', 5000, async () => (await stagedFiles(bench)).length === 2)
  t.equal(
    await isProblemResponse(t, await upload(bench.token), 'too-many-requests'),
    'too many uploads at once, no slot is free in time',
  )
  const other = await bench.join('other@example.com')
  t.equal((await upload(other.token)).status, 201)
  const waiting = upload(bench.token)
  silent[0]!.destroy()
  t.equal((await waiting).status, 201, 'a waiting upload gets the slot of one that ends')
})
