import t from '../test/support/tap.ts'
import { loadEdgeProviders, parseEdgeTargets } from './edge-targets.ts'

const providers = await loadEdgeProviders()

t.test('invalid CDN URLs and secrets are rejected with errors that do not repeat them', async t => {
  const wrong: [urls: string, tokens: string, message: RegExp][] = [
    ['cloudflare://zone', '', /^DARKROOM_EDGE_TOKEN: needs a secret for each of the 1/],
    ['', 'a', /^DARKROOM_EDGE_TOKEN/],
    ['cloudflare://zone', 'secret\u00e9', /^DARKROOM_EDGE_TOKEN: must consist of/],
    [
      'ftp://zone',
      'secret',
      /^DARKROOM_EDGE_PURGE: each URL must begin with one of .*cloudflare:\/\/.*https:\/\//,
    ],
    ['zone', 'secret', /^DARKROOM_EDGE_PURGE: each URL must begin/],
    ['cloudflare://zone/path', 'secret', /cloudflare: must be cloudflare:\/\/<id>/],
    ['cloudflare://', 'secret', /must be|must begin/],
    ['fastly://user:hidden@service', 'secret', /fastly: must be/],
    ['fastly://service?soft=1', 'secret', /unknown parameter, expected only api/],
    ['fastly://service?api=nowhere', 'secret', /api: must be a URL/],
    [
      'fastly://service?api=http://api.example.com',
      'secret',
      /http:\/\/ is allowed for private networks only/,
    ],
    ['http://example.com/', 'secret', /http:\/\/ is allowed for private networks only/],
    ['http://8.8.8.8/', 'secret', /http:\/\/ is allowed for private networks only/],
    ['https://user:hidden@example.com/', 'secret', /must not contain a user/],
    [Array(9).fill('fastly://a').join(' '), Array(9).fill('secret').join(' '), /at most 8/],
  ]
  for (const [urls, tokens, message] of wrong) {
    const error = t.throws(() => parseEdgeTargets(providers, urls, tokens), { message }, urls)
    t.notMatch(String(error), /secret[^ s]|hidden|example/, urls)
  }
})

t.test('each provider creates requests for its own API and has its own limit of tags', async t => {
  const urls = 'cloudflare://ZoneA fastly://SU1Z0isxPao https://purge.example.com/a?b=1'
  const targets = parseEdgeTargets(providers, urls, 'one two\n three')
  const call = { tags: ['i-abc', 'i-def'], reason: 'purge', at: 1_700_000_000 }
  const requests = targets.map(target => target.createRequest(call))
  t.match(requests, [
    {
      url: 'https://api.cloudflare.com/client/v4/zones/ZoneA/purge_cache',
      headers: { authorization: 'Bearer one' },
      body: '{"tags":["i-abc","i-def"]}',
    },
    {
      url: 'https://api.fastly.com/service/SU1Z0isxPao/purge',
      headers: { 'fastly-key': 'two' },
      body: '{"surrogate_keys":["i-abc","i-def"]}',
    },
    {
      url: 'https://purge.example.com/a?b=1',
      body: '{"tags":["i-abc","i-def"],"reason":"purge","at":1700000000}',
    },
  ])
  t.strictSame(
    targets.map(({ provider }) => provider.maxTags),
    [100, 256, 100],
  )
  t.equal(new Set(targets.map(({ id }) => id)).size, 3)
  t.notMatch(targets.map(({ id }) => id).join(), /Zone|SU1Z|example/)
  for (const privateUrl of [
    'http://10.1.2.3/',
    'http://[::1]:8080/',
    'http://varnish/',
    'http://a.svc.local/',
  ])
    t.equal(parseEdgeTargets(providers, privateUrl, 'x').length, 1, privateUrl)
  t.strictSame(parseEdgeTargets(providers), [])
})
