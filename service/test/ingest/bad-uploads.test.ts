import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { ErrorCode } from '../../errors/catalogue.ts'
import { type Bench, build } from '../support/build.ts'
import { icon } from '../support/foreign-files.ts'
import { claimingPng, photo } from '../support/pictures.ts'
import { isProblem } from '../support/problem.ts'
import { type Answer, Form, send } from '../support/send.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const good = await photo(64, 48).jpeg().toBuffer()
const large = await photo(600, 400).jpeg({ quality: 95 }).toBuffer()
const png = await photo(300, 200).png().toBuffer()
const webp = await photo(300, 200).webp().toBuffer()
/** A PNG whose pixels are overwritten. */
const damagedPng = Buffer.from(await photo(64, 64).png().toBuffer()).fill(0xaa, 300, 600)

/** A BMP of 64x64 that contains a PNG (BI_PNG). */
function pngBitmap(file: Buffer): Buffer {
  const header = Buffer.alloc(54)
  header.write('BM', 'latin1')
  header.writeUInt32LE(54, 10)
  header.writeUInt32LE(40, 14)
  header.writeUInt32LE(64, 18)
  header.writeUInt32LE(64, 22)
  header.writeUInt16LE(1, 26)
  header.writeUInt32LE(5, 30)
  header.writeUInt32LE(file.length, 34)
  return Buffer.concat([header, file])
}

const half = (file: Buffer) => file.subarray(0, Math.floor(file.length / 2))
const mebibyte = Buffer.alloc(1024 * 1024, 7)

function post(bench: Bench, form: Form, headers: Record<string, string> = {}): Promise<Answer> {
  const { bytes } = form
  return send(bench.url, '/api/v1/images', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${bench.token}`,
      'content-type': form.type,
      'content-length': String(bytes.length),
      ...headers,
    },
    body: [bytes],
  })
}

/** Checks that there are no staged files, and no rows and objects but those of the good uploads. */
async function leavesNothing(t: Test, bench: Bench, goodOnes: number, name: string) {
  const staging = join(bench.environment.DARKROOM_DATA_DIR!, 'spool')
  await until(
    `${name}: the staging directory is empty`,
    2000,
    async () => (await readdir(staging)).length === 0,
  )
  const objects: string[] = []
  for await (const key of bench.app.store.list('raw/')) objects.push(key)
  t.equal(objects.length, goodOnes, `${name}: no object is left`)
  const rows = await bench.app.database.query(`select id from images where state <> 'deleted'`)
  t.equal(rows.length, goodOnes, `${name}: no row is left`)
}

t.test('an invalid file gets its documented error, and the next upload succeeds', async t => {
  const bench = await build(t)
  const cases: [name: string, file: Buffer, code: ErrorCode][] = [
    ['a truncated JPEG', half(large), 'undecodable'],
    ['a truncated PNG', half(png), 'undecodable'],
    ['a truncated WebP', half(webp), 'undecodable'],
    ['the first bytes of a JPEG', large.subarray(0, 20), 'undecodable'],
    ['an icon with a damaged PNG', icon([{ data: damagedPng, side: 64 }]), 'undecodable'],
    ['a BMP with a damaged PNG', pngBitmap(damagedPng), 'undecodable'],
    ['a PNG with a wrong checksum', Buffer.from(png).fill(0xaa, 29, 33), 'undecodable'],
    ['a text', Buffer.from('I am not a picture.\n'.repeat(50)), 'not-an-image'],
    [
      'a page of HTML',
      Buffer.from('<!doctype html><svg xmlns="http://www.w3.org/2000/svg"/>'),
      'not-an-image',
    ],
    ['an SVG that ends too early', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><g>'), 'undecodable'],
    ['a PDF without pages', Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\n'), 'undecodable'],
    ['a pixel that claims 60000x60000', claimingPng(60_000, 60_000), 'too-many-pixels'],
    ['a pixel that claims 9000x9000', claimingPng(9_000, 9_000), 'undecodable'],
    ['an empty file', Buffer.alloc(0), 'not-an-image'],
  ]
  let uploaded = 0
  for (const [name, file, code] of cases) {
    const detail = isProblem(t, await post(bench, new Form().file('file', file)), code, name)
    t.notMatch(detail, /unknown error/i, name)
    if (name.endsWith('damaged PNG')) t.match(detail, 'PNG decoder: libpng read error')
    const after = await post(bench, new Form().file('file', good))
    t.equal(after.status, 201, `${name}: the next upload is served`)
    await leavesNothing(t, bench, ++uploaded, name)
  }
})

t.test('an invalid form gets its documented error, and the next upload succeeds', async t => {
  const bench = await build(t)
  const form = () => new Form().file('file', good)
  const cases: [name: string, form: Form, code: ErrorCode, detail: RegExp][] = [
    ['no file', new Form().field('title', 'x'), 'bad-request', /file/],
    ['an empty form', new Form(), 'bad-request', /file/],
    ['a text as the file', new Form().field('file', 'x'), 'bad-request', /file/],
    ['two files', form().file('file', good), 'bad-request', /file/],
    ['a file of another name', new Form().file('picture', good), 'bad-request', /picture/],
    ['an unknown field', form().field('colour', 'red'), 'bad-request', /colour/],
    ['a title too long', form().field('title', 'x'.repeat(201)), 'bad-request', /title/],
    [
      'too many tags',
      form().field(
        'tags',
        Array(51)
          .fill('t')
          .map((x, i) => x + i)
          .join(),
      ),
      'bad-request',
      /tags/,
    ],
    ['a NUL in the title', form().field('title', 'a\0b'), 'bad-request', /title/],
    ['invalid JSON', form().field('title', '{', 'application/json'), 'bad-request', /./],
    ['too many fields', manyFields(form(), 70), 'bad-request', /./],
    ['a file without a name', new Form().part('filename="a.jpg"', 'image/jpeg', good), 'bad-request', /name/],
    ['a field without a name', form().part('x="y"', 'text/plain', good), 'bad-request', /name/],
    ['a long part without a name', new Form().unnamed(Buffer.alloc(510_000, 97)), 'bad-request', /file/],
    ['a field of the prototype', form().field('__proto__', 'x'), 'bad-request', /./],
  ]
  let uploaded = 0
  for (const [name, form, code, detail] of cases) {
    t.match(isProblem(t, await post(bench, form), code, name), detail, name)
    t.equal((await post(bench, new Form().file('file', good))).status, 201, `${name}: the next is served`)
    await leavesNothing(t, bench, ++uploaded, name)
  }
  const json = { 'content-type': 'application/json' }
  isProblem(t, await post(bench, form(), json), 'bad-request', 'a form declared as JSON')
  const body = Buffer.from('{}')
  const asJson = { ...json, 'content-length': '2', authorization: `Bearer ${bench.token}` }
  const sent = { method: 'POST', headers: asJson, body: [body] }
  isProblem(t, await send(bench.url, '/api/v1/images', sent), 'unsupported-media-type', 'JSON')
  isProblem(t, await post(bench, form(), { 'content-type': 'image/jpeg' }), 'unsupported-media-type', 'JPEG')
  isProblem(
    t,
    await post(bench, form(), { 'content-type': 'multipart/form-data' }),
    'bad-request',
    'no boundary',
  )
  const long = { 'content-type': `multipart/form-data; boundary=${'x'.repeat(300)}` }
  isProblem(t, await post(bench, form(), long), 'bad-request', 'a boundary too long')
  const cutOff = new Form().file('file', large)
  const cut = cutOff.bytes.subarray(0, -40)
  const headers = { 'content-type': cutOff.type, 'content-length': String(cut.length) }
  const cutForm = {
    method: 'POST',
    headers: { ...headers, authorization: asJson.authorization },
    body: [cut],
  }
  isProblem(t, await send(bench.url, '/api/v1/images', cutForm), 'bad-request', 'a form without its end')
  await leavesNothing(t, bench, uploaded, 'other types')
})

function manyFields(form: Form, count: number): Form {
  for (let index = 0; index < count; index++) form.field('tags', `t${index}`)
  return form
}

t.test('an upload without valid credentials is rejected', async t => {
  const bench = await build(t)
  const form = new Form().file('file', good)
  const wrong = `${bench.token.slice(0, -6)}AAAAAA`
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
  for (const authorization of [
    '',
    'Bearer',
    `Bearer ${wrong}`,
    `Bearer ${none}.${bench.token.split('.')[1]}.`,
  ]) {
    const answer = await post(bench, form, { authorization })
    isProblem(t, answer, 'unauthorized', authorization.slice(0, 20))
    t.equal(answer.headers['www-authenticate'], 'Bearer')
  }
  const login = (password: string) => {
    const body = Buffer.from(JSON.stringify({ email: bench.account.email, password }))
    const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
    return send(bench.url, '/api/v1/auth/login', { method: 'POST', headers, body: [body] })
  }
  isProblem(t, await login('not the password'), 'unauthorized', 'a wrong password')
  t.equal((await login(bench.account.password)).status, 200)
  await leavesNothing(t, bench, 0, 'uploads without credentials')
})

t.test('51 MB are rejected with and without content-length, and leave nothing', async t => {
  const bench = await build(t)
  const headOf = new Form().part('name="file"; filename="x.jpg"', 'image/jpeg', good).bytes
  const start = headOf.subarray(0, headOf.indexOf('--a-boundary-of-the-tests--') - 2)
  const end = Buffer.from('\r\n--a-boundary-of-the-tests--\r\n')
  const body = [start, ...Array.from({ length: 51 }, () => mebibyte), end]
  const bytes = body.reduce((sum, part) => sum + part.length, 0)
  const type = { 'content-type': new Form().type, authorization: `Bearer ${bench.token}` }
  const upload = (headers: Record<string, string>, parts: Buffer[]) =>
    send(bench.url, '/api/v1/images', { method: 'POST', headers: { ...type, ...headers }, body: parts })
  const declared = await upload({ 'content-length': String(bytes) }, body)
  isProblem(t, declared, 'too-large', 'with content-length')
  const chunked = await upload({ 'transfer-encoding': 'chunked' }, body)
  isProblem(t, chunked, 'too-large', 'chunked')
  const lessThanForm = [start, ...Array.from({ length: 50 }, () => mebibyte), end]
  const length = lessThanForm.reduce((sum, part) => sum + part.length, 0)
  const byABit = await upload({ 'content-length': String(length) }, lessThanForm)
  isProblem(t, byABit, 'too-large', 'a little too large')
  t.equal((await post(bench, new Form().file('file', good))).status, 201)
  await leavesNothing(t, bench, 1, 'large files')
})

t.test('an aborted upload leaves nothing', async t => {
  const bench = await build(t)
  const { bytes, type } = new Form().file('file', large)
  const socket = connect(Number(new URL(bench.url).port), '127.0.0.1')
  const head = `POST /api/v1/images HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${bench.token}\r\n`
  socket.write(`${head}content-type: ${type}\r\ncontent-length: ${bytes.length}\r\n\r\n`)
  socket.write(bytes.subarray(0, bytes.length / 2))
  const staging = join(bench.environment.DARKROOM_DATA_DIR!, 'spool')
  await until('the upload has begun', 2000, async () => (await readdir(staging)).length === 1)
  socket.destroy()
  await leavesNothing(t, bench, 0, 'an aborted upload')
})
