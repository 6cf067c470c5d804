import t from '../test/support/tap.ts'
import { allowedOrigin, imageAccess, parseApiOrigins, parseImageOrigins, withOrigin } from './cross-origin.ts'

const [shop, blog] = ['https://shop.example.com', 'http://localhost:3000'] as const

t.test(
  'origins: a list is separated by spaces or commas, and the list for images may be * (every origin)',
  async t => {
    t.equal(parseImageOrigins(' * '), '*')
    t.strictSame(parseImageOrigins(`${shop}, ${blog} ${shop}`), [shop, blog])
    t.strictSame(parseApiOrigins(`${blog},${shop}`), [blog, shop])
    for (const none of [undefined, '', ' , ']) t.strictSame(parseApiOrigins(none), [])
  },
)

t.test('origins: an invalid entry is named in the error', async t => {
  for (const bad of [
    ...[`${shop}/`, `${shop}/page`, 'https://Shop.example.com', 'https://shop.example.com:443', 'null'],
    ...['shop.example.com', 'https://*.example.com', 'ftp://shop.example.com', 'https://ann@example.com'],
    `https://${'a.'.repeat(60)}example.com`,
  ]) {
    t.throws(
      () => parseImageOrigins(`${blog} ${bad}`),
      { message: /^DARKROOM_IMAGE_ORIGINS: .*expected \*/ },
      bad,
    )
    t.throws(() => parseApiOrigins(bad), { message: /^DARKROOM_API_ORIGINS: .*expected origins/ }, bad)
  }
  t.throws(() => parseApiOrigins('*'), { message: 'DARKROOM_API_ORIGINS: * is invalid' })
  t.throws(() => parseImageOrigins(' , '), { message: 'DARKROOM_IMAGE_ORIGINS: is an empty list' })
  const many = Array.from({ length: 21 }, (_, index) => `https://shop${index}.example.com`).join(' ')
  t.throws(() => parseImageOrigins(many), { message: /too many origins, expected at most 20/ })
})

t.test('images: only a list of several origins makes a response depend on the origin', async t => {
  for (const origins of ['*', [shop]] as const) {
    const access = imageAccess(origins)
    const value = origins === '*' ? '*' : shop
    t.match(access.headers, { 'access-control-allow-origin': value, 'timing-allow-origin': value })
    t.strictSame(allowedOrigin(access, shop), {})
    t.equal(withOrigin(access, 'Accept'), 'Accept')
  }
  const several = imageAccess([shop, blog])
  t.equal(several.headers['timing-allow-origin'], `${shop}, ${blog}`)
  t.equal(several.headers['access-control-allow-origin'], undefined)
  t.strictSame(allowedOrigin(several, blog), { 'access-control-allow-origin': blog })
  for (const other of [undefined, 'null', `${blog}0`, '*']) t.strictSame(allowedOrigin(several, other), {})
  t.equal(withOrigin(several, undefined), 'Origin')
  t.equal(withOrigin(several, 'Accept'), 'Accept, Origin')
})
