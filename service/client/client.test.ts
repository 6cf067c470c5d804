import t from '../test/support/tap.ts'
import { parseDerivative, parseOriginal } from '../url/grammar.ts'
import { findSigningKey } from '../url/signature.ts'
import { parseSignedUrl } from '../url/signed-url.ts'
import {
  createClient,
  type Derivative,
  originalUrl,
  policySrcset,
  policyUrl,
  readGrant,
  sign,
  srcset,
  url,
} from './index.ts'
import { operationTable } from './operations.generated.ts'

const secret = new Uint8Array(32).map((_, at) => at * 7)
const key = { id: 'key1', secret, state: 'active' as const }
const textSecret = Buffer.from(secret).toString('base64url')
const image = { userId: 'abcdef', imageId: 'ghijkl' }

t.test('an unsigned path is the canonical one', async t => {
  const path = url({ ...image, operations: [{ op: 'resize', h: 200, w: 300, fit: 'cover' }], format: 'webp' })
  t.equal(path, '/processed/abcdef/ghijkl_resize_w-300,h-200.webp')
  t.equal(url(image), '/processed/abcdef/ghijkl.auto')
  t.equal(originalUrl('abcdef', 'ghijkl', 'jpeg'), '/raw/abcdef/ghijkl-orig.jpg')
  const { steps } = parseDerivative(path, operationTable)
  t.strictSame(steps, [{ op: 'resize', options: { w: 300, h: 200 } }])
})

t.test('a URL that cannot be served is rejected', async t => {
  const message = /^resize: w-9000 is out of range/
  t.throws(() => url({ ...image, operations: [{ op: 'resize', w: 9000 }] }), { code: 'bad-url', message })
  t.throws(() => url({ ...image, imageId: '../x' }), { code: 'bad-url' })
  t.throws(() => originalUrl('abcdef', 'ghijkl', 'a/b'), { code: 'bad-url' })
})

t.test('the server verifies what the client signs, with the secret as text or bytes', async t => {
  const path = url({ ...image, operations: [{ op: 'resize', w: 300 }] })
  const signed = await sign(path, { keyId: 'key1', secret: textSecret, expires: 1_800_000_000 })
  t.match(signed, /^\/processed\/abcdef\/ghijkl_resize_w-300\.auto\?e=1800000000&k=key1&s=[\w-]{43}$/)
  t.equal(findSigningKey([key], parseSignedUrl(signed)), key)
  t.equal(await sign(path, { keyId: 'key1', secret, expires: 1_800_000_000 }), signed)
  t.equal(findSigningKey([key], parseSignedUrl(await sign(path, { keyId: 'key1', secret }))), key)
  t.equal(findSigningKey([key], parseSignedUrl(signed.replace('w-300', 'w-301'))), undefined)
})

t.test('a malformed secret or expiry is rejected', async t => {
  const path = url(image)
  for (const wrong of ['', 'not base64url!', 'YR']) {
    await t.rejects(sign(path, { keyId: 'key1', secret: wrong }), { code: 'bad-request' })
  }
  for (const expires of [-1, 1.5, 1e12, Number.NaN]) {
    await t.rejects(sign(path, { keyId: 'key1', secret, expires }), { code: 'bad-request' })
  }
})

t.test('the client signs absolute URLs with an expiry', async t => {
  const client = createClient({
    baseUrl: 'https://i.example.com/',
    userId: 'abcdef',
    keyId: 'key1',
    secret: textSecret,
  })
  const signed = new URL(
    await client.url('ghijkl', [{ op: 'resize', w: 300 }], { format: 'png', expiresIn: 60 }),
  )
  t.equal(signed.origin, 'https://i.example.com')
  t.equal(signed.pathname, '/processed/abcdef/ghijkl_resize_w-300.png')
  const lifetime = Number(signed.searchParams.get('e')) - Date.now() / 1000
  t.ok(lifetime > 50 && lifetime <= 60)
  t.equal(findSigningKey([key], parseSignedUrl(signed.pathname + signed.search)), key)

  const original = new URL(await client.original('ghijkl', 'jpg'))
  t.strictSame(parseOriginal(original.pathname), { ...image, extension: 'jpg' })
  t.equal(original.searchParams.get('e'), null)
  t.equal(findSigningKey([key], parseSignedUrl(original.pathname + original.search)), key)
})

t.test('a width is set in the first resize or in an appended one', async t => {
  const widths = { widths: [320, 640] }
  const paths = (operations: Derivative['operations']) =>
    srcset({ ...image, operations, format: 'jpg' }, widths)
  const start = '/processed/abcdef/ghijkl'
  t.equal(paths([]), `${start}_resize_w-320.jpg 320w, ${start}_resize_w-640.jpg 640w`)
  t.equal(
    paths([{ op: 'resize', w: 100, enlarge: true }]).split(', ')[1],
    `${start}_resize_w-640,enlarge-1.jpg 640w`,
  )
  t.equal(paths([{ op: 'resize', w: 100, h: 75 }]).split(', ')[1], `${start}_resize_w-640,h-480.jpg 640w`)
  const two = paths([
    { op: 'resize', w: 1000 },
    { op: 'resize', w: 500 },
  ])
  t.equal(two.split(', ')[1], `${start}_resize_w-640_resize_w-320.jpg 320w`, 'the last size counts')
})

t.test('a density sets the dpr of the resize', async t => {
  const operations = [{ op: 'resize', w: 100 } as const]
  t.equal(
    srcset({ ...image, operations, format: 'jpg' }, { densities: [1, 1.5, 2] }),
    ['_resize_w-100.jpg 1x', '_resize_w-100,dpr-1.5.jpg 1.5x', '_resize_w-100,dpr-2.jpg 2x']
      .map(entry => `/processed/abcdef/ghijkl${entry}`)
      .join(', '),
  )
  t.throws(() => srcset(image, { densities: [1, 2] }), { code: 'bad-url' })
})

t.test('every URL of a signed srcset has a valid signature', async t => {
  const client = createClient({ baseUrl: 'http://127.0.0.1:8080', userId: 'abcdef', keyId: 'key1', secret })
  const set = await client.srcset('ghijkl', [], { widths: [320, 640], format: 'avif' })
  for (const entry of set.split(', ')) {
    const [absolute = '', descriptor] = entry.split(' ')
    const { pathname, search } = new URL(absolute)
    t.equal(pathname, `/processed/abcdef/ghijkl_resize_w-${descriptor?.slice(0, -1)}.avif`)
    t.equal(findSigningKey([key], parseSignedUrl(pathname + search)), key)
  }
})

t.test('a policy signature is valid for every URL of its image', async t => {
  const path = url({ ...image, operations: [{ op: 'resize', w: 300 }], format: 'webp' })
  const signed = await sign(path, { keyId: 'key1', secret, expires: 1_800_000_000, policy: 'web' })
  const grant = readGrant(`https://i.example.com/cdn${signed}`)
  t.match(grant, { ...image, baseUrl: 'https://i.example.com/cdn', policy: 'web', expires: 1_800_000_000 })
  t.equal(readGrant(signed).baseUrl, undefined)
  const wider = policyUrl(readGrant(signed), { operations: [{ op: 'resize', w: 600 }] })
  t.match(wider, /^\/processed\/abcdef\/ghijkl_resize_w-600\.auto\?e=1800000000&k=key1&p=web&s=[\w-]{43}$/)
  t.equal(findSigningKey([key], parseSignedUrl(wider)), key)
  t.equal(
    findSigningKey([key], parseSignedUrl(policyUrl({ ...readGrant(signed), imageId: 'mnopqr' }))),
    undefined,
  )
  t.equal(
    policySrcset({ ...image, policy: 'web', signature: 'x' }, { format: 'jpg' }, { widths: [100] }),
    '/processed/abcdef/ghijkl_resize_w-100.jpg?p=web&s=x 100w',
  )
  await t.rejects(sign('/raw/abcdef/ghijkl-orig.jpg', { keyId: 'key1', secret, policy: 'web' }), {
    code: 'bad-request',
  })
  for (const other of [path, signed.replace('&p=web', ''), '', 'https://i.example.com/x?p=web&s=x']) {
    t.throws(() => readGrant(other), { code: 'bad-request' }, other)
  }
})
