import t from '../test/support/tap.ts'
import { checkKeyPrefix, checkObjectKey, isObjectKey } from './object-key.ts'

const keys = [
  'a',
  'raw/u/i-orig.jpg',
  'processed/u/i_text_t-~SGkg.x_crop_ar-16:9,w-0.5.webp',
  'a..b/c~',
  '-a',
]
const hostile = [
  ['', '/', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/../b', 'a/./b', '.hidden', 'a/.hidden', 'a\\b'],
  ['a b', 'a\0b', 'a\n', 'a%2f', 'ä', 'a+', 'a=', '~/a*', 'C:\\a', 'a/..'],
].flat()

t.test('only keys of well-formed segments are accepted', async t => {
  for (const key of keys) t.doesNotThrow(() => checkObjectKey(key), key)
  for (const key of hostile) t.throws(() => checkObjectKey(key), { code: 'internal' }, JSON.stringify(key))
})

t.test('every beginning of a key is a valid prefix', async t => {
  for (const key of keys)
    for (let length = 0; length <= key.length; length++)
      t.doesNotThrow(() => checkKeyPrefix(key.slice(0, length)), key.slice(0, length))
  for (const prefix of ['/', '//', 'a//', '..', '../', 'a/..', 'a b', 'a\\'])
    t.throws(() => checkKeyPrefix(prefix), { code: 'internal' }, prefix)
})

t.test('a long text is checked in linear time', async t => {
  const before = process.cpuUsage()
  t.equal(isObjectKey(`${'a/'.repeat(500_000)}!`), false)
  t.ok(process.cpuUsage(before).user < 500_000, 'in linear time')
})
