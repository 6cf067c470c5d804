import { gzipSync } from 'node:zlib'
import { build } from '../support/build.ts'
import { isProblemResponse } from '../support/problem.ts'
import { send } from '../support/send.ts'
import t from '../support/tap.ts'

/** The limit for the JavaScript of the first view, in bytes after gzip. */
const maxFirstView = 60_000

const bench = await build(t)
const html = await (await bench.get('/')).text()
const loaded = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path)

t.test('every page is the same document with a strict Content-Security-Policy', async t => {
  for (const path of [
    '/',
    '/images/abc',
    '/playground',
    '/playground/abc?op=resize',
    '/keys',
    '/usage?range=7d',
    '/jobs',
  ]) {
    const response = await bench.get(path)
    t.equal(response.status, 200, path)
    t.equal(await response.text(), html, path)
    t.match(Object.fromEntries(response.headers), {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    const policy = response.headers.get('content-security-policy') ?? ''
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "frame-ancestors 'none'",
    ])
      t.ok(policy.split('; ').includes(part), part)
    t.notMatch(policy, /unsafe|https?:|\*/)
  }
  t.notMatch(html, /<style|<script(?![^>]* src=)[^>]*>|\son\w+=|\sstyle=/, 'no inline scripts or styles')
})

t.test('unknown paths return a 404 problem, and browsers get the page of the dashboard with 404', async t => {
  for (const path of [
    '/nothing',
    '/images',
    '/images/a/b',
    '/assets/none.js',
    '/index',
    '/keys/a',
    '/API/v1/images',
  ])
    await isProblemResponse(t, await bench.get(path), 'not-found')
  const html404 = await send(bench.url, '/nothing', { headers: { accept: 'text/html,*/*;q=0.8' } })
  t.match(html404, { status: 404, body: html, headers: { 'cache-control': 'no-store', vary: /Accept, / } })
  t.equal(html404.headers.etag, undefined)
  for (const path of ['/api/v1/nothing', '/api/'])
    await isProblemResponse(t, await bench.get(path, { headers: { accept: 'text/html' } }), 'not-found')
  const post = await fetch(`${bench.url}/keys`, { method: 'POST' })
  await isProblemResponse(t, post, 'not-found')
  for (const path of ['/assets/..%2f..%2fpackage.json', '/assets/../../package.json', '/%2e%2e/package.json'])
    t.equal((await send(bench.url, path)).status, 404, path)
})

t.test('assets are cached forever by their hash and served compressed to clients that accept it', async t => {
  const script = loaded.find(path => path.endsWith('.js') && path.startsWith('/assets/')) ?? ''
  const plain = await send(bench.url, script)
  t.equal(plain.headers['content-encoding'], undefined)
  t.match(plain.headers, {
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'Accept-Encoding',
  })
  for (const [accepted, encoding] of [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, GZIP;q=0.5', 'gzip'],
    ['identity', undefined],
  ] as const) {
    const answer = await send(bench.url, script, { headers: { 'accept-encoding': accepted } })
    t.equal(answer.headers['content-encoding'], encoding, accepted)
  }
  const response = await fetch(bench.url + script, { headers: { 'accept-encoding': 'br' } })
  t.equal(await response.text(), plain.body, 'the decoded body is the same')
  const etag = response.headers.get('etag') ?? ''
  const again = await send(bench.url, script, { headers: { 'if-none-match': etag } })
  t.match(again, { status: 304, body: '' })
  const head = await send(bench.url, '/', { method: 'HEAD' })
  t.match(head, { status: 200, body: '', headers: { 'content-length': String(Buffer.byteLength(html)) } })
})

t.test('the first view loads little JavaScript', async t => {
  const scripts = loaded.filter(path => path.endsWith('.js'))
  t.ok(scripts.length > 0)
  const bodies = await Promise.all(scripts.map(async path => (await send(bench.url, path)).body))
  const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0)
  t.ok(bytes <= maxFirstView, `${bytes} bytes of JavaScript`)
  t.ok(bytes > 5_000, 'the scripts are not empty')
  t.notMatch(bodies.join(), /u-cursor/, 'the chart library is loaded on demand')
})
