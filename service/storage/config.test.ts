import t from '../test/support/tap.ts'
import { parseStorageUrl } from './config.ts'

t.test('DARKROOM_STORAGE_URL selects files or a bucket', async t => {
  t.strictSame(parseStorageUrl('file:///var/lib/dark%20room'), {
    kind: 'file',
    directory: '/var/lib/dark room',
  })
  t.strictSame(parseStorageUrl('s3://pictures'), { kind: 's3', bucket: 'pictures', prefix: '' })
  t.strictSame(parseStorageUrl('s3://pictures/eu/live/?region=eu-west-1'), {
    kind: 's3',
    bucket: 'pictures',
    prefix: 'eu/live',
    region: 'eu-west-1',
  })
  for (const endpoint of ['http://127.0.0.1:9000', encodeURIComponent('http://127.0.0.1:9000')])
    t.strictSame(parseStorageUrl(`s3://My_Bucket/p?endpoint=${endpoint}`), {
      kind: 's3',
      bucket: 'My_Bucket',
      prefix: 'p',
      endpoint: 'http://127.0.0.1:9000',
      region: 'us-east-1',
    })
})

t.test('direct parameter sets the endpoint for clients', async t => {
  for (const [text, direct] of [
    ['off', false],
    ['https://s3.example.com', 'https://s3.example.com'],
  ] as const)
    t.match(parseStorageUrl(`s3://pictures?endpoint=http://s3:9000&direct=${text}`), {
      endpoint: 'http://s3:9000',
      direct,
    })
  t.notOk('direct' in parseStorageUrl('s3://pictures?endpoint=http://s3:9000'))
})

t.test('invalid DARKROOM_STORAGE_URL is reported by variable name, without its value', async t => {
  const wrong = [
    [
      '',
      'nonsense',
      '/var/lib',
      'http://h/p',
      'file://host/path',
      'file:///a?b=1',
      's3:',
      's3:///p',
      's3://b-',
    ],
    ['s3://bucket/../p%20q', 's3://bucket/p//q', 's3://bucket?regoin=x', 's3://user:hunter2@bucket'],
    ['on', 'http://user:hunter2@h', ''].map(end => `s3://bucket?direct=${end}`),
    ['ftp://h', 's3h', 'http://user:hunter2@h', 'http://h?x', ''].map(end => `s3://bucket?endpoint=${end}`),
  ].flat()
  for (const text of wrong) {
    try {
      parseStorageUrl(text)
      t.fail(`${text} is accepted`)
    } catch (error) {
      t.match(error, { message: /^DARKROOM_STORAGE_URL: / }, text)
      t.notMatch(error, { message: /hunter2/ })
    }
  }
})
