import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { Form } from '../support/send.ts'
import { findChromiumObstacle, openPage, startChromium } from '../support/services/chromium.ts'
import { temporaryFolder } from '../support/services/postgres.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const bench = await build(t, {
  DARKROOM_MAX_UPLOAD_MB: '1',
  DARKROOM_UPLOAD_SLOTS: '1',
  DARKROOM_RECEIVE_SILENCE_MS: '1000',
})
const images = `${bench.url}/api/v1/images`
const authorization = `Bearer ${bench.token}`
/** Larger than the limit, and than what the buffers of a connection hold. */
const large = new Uint8Array(3_900_000)
const tooLarge = { status: 413, code: 'too-large' }

t.test(
  "Node's fetch gets the refusal of an upload whose length is known, unknown, or not authorized",
  async t => {
    t.match(await (await bench.get('/api/v1/me')).json(), { uploads: { maxBytes: 1_000_000 } })
    const known = await bench.tryUpload(Buffer.from(large))
    await isProblemResponse(t, known, 'too-large')
    const form = new Form().file('file', Buffer.from(large))
    const pieces = async function* () {
      for (let at = 0; at < form.bytes.length; at += 65_536) yield form.bytes.subarray(at, at + 65_536)
    }
    const unknown = await fetch(images, {
      method: 'POST',
      headers: { authorization, 'content-type': form.type },
      body: ReadableStream.from(pieces()),
      duplex: 'half',
    } as RequestInit)
    await isProblemResponse(t, unknown, 'too-large')
    const stranger = await fetch(images, {
      method: 'POST',
      headers: { 'content-type': form.type },
      body: large,
    })
    await isProblemResponse(t, stranger, 'unauthorized')
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: large }
    await isProblemResponse(t, await fetch(`${bench.url}/api/v1/auth/login`, json), 'too-large')
  },
)

t.test('curl gets the refusal, also without persistent connections', async t => {
  const folder = await temporaryFolder('darkroom-refused-')
  t.teardown(() => rm(folder, { recursive: true }))
  const file = join(folder, 'large.jpg')
  await writeFile(file, large)
  const words = [
    '-sS',
    '-F',
    `file=@${file}`,
    '-H',
    `Authorization: ${authorization}`,
    '-H',
    'Expect:',
    images,
  ]
  for (const more of [[], ['--http1.0'], ['-H', 'Connection: close']]) {
    const { stdout } = await promisify(execFile)('curl', [...more, ...words])
    t.match(JSON.parse(stdout), tooLarge, more.join(' '))
  }
})

const obstacle = await findChromiumObstacle()
t.test('Chromium, which sends a whole body first, gets the refusal', { skip: obstacle ?? false }, async t => {
  const { page } = await openPage(await startChromium(t), bench.url)
  await page.goto('/')
  const answer = await page.evaluate(`(async () => {
    const body = new FormData()
    body.append('file', new Blob([new Uint8Array(${large.length})]), 'large.jpg')
    const headers = { authorization: '${authorization}' }
    return (await fetch('/api/v1/images', { method: 'POST', headers, body })).json()
  })()`)
  t.match(answer, tooLarge)
})

t.test('a refused body is read up to a limit, watched for silence, and holds no slot', async t => {
  const head = `POST /api/v1/images HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n`
  const form = new Form().file('file', Buffer.alloc(1_100_000))
  /** Begins an upload, and collects the response. */
  const begin = (length: number) => {
    const socket = connect(Number(new URL(bench.url).port), '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.on('error', () => undefined)
    socket.write(`${head}content-type: ${form.type}\r\ncontent-length: ${length}\r\n\r\n`)
    let answer = ''
    socket.on('data', chunk => {
      answer += chunk
    })
    return { socket, isRefused: async () => answer.includes('"too-large"') }
  }
  // refused in the middle of the file: the only slot is free again, although the rest does not arrive
  const silent = begin(2_000_000)
  silent.socket.write(form.bytes)
  await until('the refusal arrives', 5000, silent.isRefused)
  t.equal((await bench.tryUpload(await photo(30, 20).jpeg().toBuffer())).status, 201)
  await until('the silent connection is closed', 5000, async () => silent.socket.closed)

  const { socket: endless, isRefused } = begin(1_000_000_000)
  const piece = Buffer.alloc(65_536)
  const more = () => {
    while (endless.writable && endless.write(piece));
  }
  endless.on('drain', more)
  more()
  await until('the endless connection is closed', 10_000, async () => endless.closed)
  t.ok(await isRefused(), 'the response arrived before')
  t.ok(endless.bytesWritten > 4_000_000, `${endless.bytesWritten} bytes were sent`)
  t.ok(endless.bytesWritten < 900_000_000)
})
