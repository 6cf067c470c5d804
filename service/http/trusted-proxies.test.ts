import t from '../test/support/tap.ts'
import { parseTrustedProxies } from './trusted-proxies.ts'

t.test('trusted proxies: addresses and networks match, IPv4-mapped ones included', async t => {
  const trustsProxy = parseTrustedProxies(' 192.0.2.1, 10.0.0.0/8,fd00::/8 ')
  const trusted = ['192.0.2.1', '::ffff:192.0.2.1', '10.255.0.1', '::ffff:10.1.1.1', 'fd12::3']
  for (const address of trusted) t.equal(trustsProxy?.(address), true, address)
  for (const address of ['192.0.2.2', '11.0.0.1', 'fe80::1', '::1', 'unknown', '', '10.0.0.1, 1.2.3.4']) {
    t.equal(trustsProxy?.(address), false, address)
  }
  for (const none of [undefined, '', ' , ']) t.equal(parseTrustedProxies(none), undefined)
})

t.test('trusted proxies: an invalid entry is named in the error', async t => {
  for (const bad of [
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0/8',
    'nginx',
    '10.0.0.1/',
    '10.0.0.1/8/8',
    '*',
    '1.2.3.4/-1',
  ]) {
    t.throws(() => parseTrustedProxies(`10.0.0.1,${bad}`), { message: /DARKROOM_TRUSTED_PROXIES: .*network/ })
  }
})
