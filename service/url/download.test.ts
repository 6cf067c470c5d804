import { equal } from 'node:assert/strict'
import fc from 'fast-check'
import t from '../test/support/tap.ts'
import { quoted } from './bad-url.ts'
import { parseDownload, printDownload } from './download.ts'

t.test('download names: any file name survives printing and parsing, in unreserved characters', async t => {
  for (const name of [
    'Dune.jpg',
    "Ann's 100% (best) *photo*!",
    'Übersicht 日本 🏜',
    'a;b="c"&d=e?#',
    '~+,.x',
  ]) {
    const sent = printDownload(name)
    t.match(sent, /^[\w.~%-]+$/)
    t.equal(parseDownload(sent), name)
    t.equal(new URL(`http://a/?dl=${sent}`).search, `?dl=${sent}`, 'a parsed URL keeps the signed bytes')
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), name => {
      let sent: string
      try {
        sent = printDownload(name)
      } catch {
        return
      }
      equal(parseDownload(sent), name)
    }),
  )
})

t.test('download names: paths, hidden files, control characters and long names are refused', async t => {
  const bad = [
    ...[
      '',
      ' ',
      ' a',
      'a ',
      '.',
      '..',
      '.htaccess',
      'a/b',
      '../a',
      'a\\b',
      'a\r\nset-cookie: x=1',
      'a\0',
      '\x7f',
    ],
    ...['photo\u202egpj.exe', 'a\u2028b', '\ud800', 'x'.repeat(201), 'é'.repeat(101)],
  ]
  for (const name of bad)
    t.throws(() => printDownload(name), { code: 'bad-url', message: /^download: must/ }, quoted(name))
  for (const sent of [
    ...[
      '',
      '.',
      '%2e%2E',
      'a%2Fb',
      'a%5cb',
      'a%0d%0ab',
      '%00',
      '%E2%80%AE',
      '%20a',
      '%',
      '%zz',
      '%ff',
      '%c0%af',
    ],
    ...['é', 'a b', 'x'.repeat(201), '%41'.repeat(201)],
  ])
    t.throws(() => parseDownload(sent), { code: 'bad-url', message: /^dl: must.*percent-encoded/ }, sent)
  t.equal(parseDownload('a+b%20c'), 'a+b c', 'a plus is a plus')
  t.equal(parseDownload('%41'.repeat(200)).length, 200)
})
