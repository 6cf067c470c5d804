import t from 'tap'
import { isPublicAddress } from './public-address.ts'

t.test('addresses of hosts on the public internet', async t => {
  for (const address of ['1.1.1.1', '93.184.215.14', '172.32.0.1', '192.0.1.1', '223.255.255.255'])
    t.ok(isPublicAddress(address), address)
  for (const address of ['2606:4700:4700::1111', '2a00:1450:4001:81b::200e', '2001:200::1'])
    t.ok(isPublicAddress(address), address)
})

t.test('all others', async t => {
  const v4 = [
    ...[
      '0.0.0.0',
      '10.0.0.1',
      '100.64.0.1',
      '100.127.255.255',
      '127.0.0.1',
      '127.255.0.1',
      '169.254.169.254',
    ],
    ...['172.16.0.1', '172.31.255.255', '192.0.0.8', '192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1'],
    ...[
      '198.19.255.255',
      '198.51.100.1',
      '203.0.113.1',
      '224.0.0.1',
      '239.1.1.1',
      '240.0.0.1',
      '255.255.255.255',
    ],
  ]
  const v6 = [
    ...['::', '::1', '::ffff:127.0.0.1', '::ffff:1.1.1.1', '::ffff:7f00:1', '::7f00:1', '64:ff9b::7f00:1'],
    ...['64:ff9b:1::1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', 'fc00::1', 'fd12::1'],
    ...['fe80::1', 'fe80::1%lo', 'fec0::1', 'ff02::1'],
  ]
  const none = ['', 'localhost', '127.1', '0x7f000001', '2130706433', '[::1]', '1.1.1.1:80', '1.1.1.256']
  for (const address of [...v4, ...v6, ...none]) t.notOk(isPublicAddress(address), address)
})
