import t from '../test/support/tap.ts'
import { parseNatsUrl } from './config.ts'

t.test('NATS_URL sets server, TLS, credentials and prefix', async t => {
  const bare = { server: 'host:4222', tls: false, prefix: 'darkroom' }
  const examples = {
    'nats://host': bare,
    'nats://host:4222/': bare,
    'tls://nats.example.org:443': { server: 'nats.example.org:443', tls: true, prefix: 'darkroom' },
    'nats://[::1]:5000': { ...bare, server: '[::1]:5000' },
    'nats://host?prefix=Staging-2': { ...bare, prefix: 'Staging-2' },
    'nats://ann:p%40ss@host': { ...bare, user: 'ann', password: 'p@ss' },
    'nats://s3cret@host': { ...bare, token: 's3cret' },
    'nats://host?credentials=/run/secrets/nats.creds': {
      ...bare,
      credentialsFile: '/run/secrets/nats.creds',
    },
  }
  for (const [url, location] of Object.entries(examples)) t.strictSame(parseNatsUrl(url), location, url)
})

t.test('invalid NATS_URL is rejected without repeating its password', async t => {
  const wrong = [
    '',
    'host:4222',
    'http://host',
    'nats://',
    'nats://ann:hidden@',
    'nats://ann:hidden@host/path',
    'nats://ann:hidden@host#x',
    'nats://ann:hidden@host?prefx=a',
    'nats://ann:hidden@host?prefix=a.b',
    'nats://ann:hidden@host?prefix=*',
    `nats://ann:hidden@host?prefix=${'x'.repeat(33)}`,
    'nats://ann:hidden@host?credentials=/file',
    'nats://ann:hidden%@host',
    'nats://ann:hidden@host:99999',
  ]
  for (const url of wrong) {
    t.throws(() => parseNatsUrl(url), { message: /^NATS_URL: (?!.*hidden)/ }, url)
  }
})
