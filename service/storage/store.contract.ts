import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { ByteRange, ObjectStore } from './store.ts'
import { failureTests } from './store-failures.contract.ts'
import {
  contentOf,
  everything,
  keysOf,
  opened,
  putAll,
  type StoreTest,
  streamOf,
  type,
} from './store-fixture.contract.ts'
import { presignTests } from './store-presign.contract.ts'

/** The tests that every driver must pass, using only the `ObjectStore` port. `open` returns a new, empty store. */
export async function storeContract(t: Test, name: string, open: () => Promise<ObjectStore>): Promise<void> {
  for (const [title, test] of Object.entries({ ...storeTests, ...failureTests, ...presignTests })) {
    await t.test(`${name} store: ${title}`, async t => {
      const store = await open()
      t.teardown(() => store.close())
      await test(t, store)
    })
  }
}

const storeTests: Record<string, StoreTest> = {
  async 'object is read back whole, by size and as a stream'(t, store) {
    for (const bytes of [0, 1, 300_000]) {
      const content = randomBytes(bytes)
      for (const body of [content, streamOf(content)]) {
        t.equal(await store.put('raw/u/i-orig.png', body, type), true)
        t.equal(await store.size('raw/u/i-orig.png'), bytes)
        t.strictSame(await store.read('raw/u/i-orig.png', { maxBytes: bytes }), content)
        t.strictSame(await contentOf(store, 'raw/u/i-orig.png'), { content, bytes, totalBytes: bytes })
      }
    }
  },

  async 'missing object is undefined in every call'(t, store) {
    await store.put('raw/u/i-orig.png', Buffer.from('x'), type)
    for (const key of [
      'raw/u/i-orig.pn',
      'raw/u/i-orig.png/x',
      'raw/u',
      'raw/v/i',
      `raw/${'l'.repeat(2000)}`,
    ]) {
      t.equal(await store.open(key), undefined, key)
      t.equal(await store.open(key, { range: { start: 0, end: 9 } }), undefined, key)
      t.equal(await store.read(key, everything), undefined, key)
      t.equal(await store.size(key), undefined, key)
      await store.delete([key])
    }
    t.strictSame(await keysOf(store, 'processed/'), [])
    t.strictSame(await keysOf(store, ''), ['raw/u/i-orig.png'])
  },

  async 'read of an object larger than maxBytes is rejected'(t, store) {
    await store.put('a', Buffer.alloc(100), type)
    await t.rejects(store.read('a', { maxBytes: 99 }), { code: 'internal' })
    t.equal((await store.read('a', { maxBytes: 100 }))?.length, 100)
  },

  async 'put replaces an object atomically and open streams keep the old one'(t, store) {
    const [old, replacement] = [Buffer.alloc(8_000_000, 1), Buffer.alloc(7_000_000, 2)]
    await store.put('a', old, type)
    const before = await opened(store, 'a')
    await store.put('a', replacement, type)
    t.ok((await buffer(before.stream)).equals(old), 'all of the old bytes')
    t.ok((await store.read('a', everything))?.equals(replacement), 'the new bytes')
  },

  async 'one of twenty concurrent writers creates a new object'(t, store) {
    const contents = Array.from({ length: 20 }, (_, index) => Buffer.alloc(50_000, index))
    const won = await Promise.all(
      contents.map((content, index) =>
        store.put('raw/u/i-orig.png', index % 2 ? content : streamOf(content), { ...type, onlyNew: true }),
      ),
    )
    t.equal(won.filter(Boolean).length, 1)
    t.strictSame(await store.read('raw/u/i-orig.png', everything), contents[won.indexOf(true)])
    const late = streamOf(Buffer.from('late'))
    t.equal(await store.put('raw/u/i-orig.png', late, { ...type, onlyNew: true }), false)
    t.ok(late.stream.destroyed, 'the stream of a rejected body is destroyed')
  },

  async 'byte ranges are read'(t, store) {
    const content = randomBytes(1000)
    await store.put('a', content, type)
    const part = async (range: ByteRange, expected: Buffer) =>
      t.strictSame(
        await contentOf(store, 'a', range),
        { content: expected, bytes: expected.length, totalBytes: 1000 },
        `${range.start}–${range.end}`,
      )
    await part({ start: 0, end: 0 }, content.subarray(0, 1))
    await part({ start: 0, end: 99 }, content.subarray(0, 100))
    await part({ start: 900, end: 999 }, content.subarray(900))
    await part({ start: 900, end: 5000 }, content.subarray(900))
    await part({ start: 999, end: Number.MAX_SAFE_INTEGER }, content.subarray(999))
    await part({ start: 10, end: Number.POSITIVE_INFINITY }, content.subarray(10))
    for (const range of [
      { start: 1000, end: 1000 },
      { start: 5000, end: 6000 },
    ])
      await t.rejects(store.open('a', { range }), { code: 'range-not-satisfiable' })
    await store.put('empty', Buffer.alloc(0), type)
    await t.rejects(store.open('empty', { range: { start: 0, end: 9 } }), { code: 'range-not-satisfiable' })
    for (const range of [
      { start: 5, end: 4 },
      { start: -1, end: 4 },
      { start: 0.5, end: 4 },
      { start: 0, end: Number.NaN },
    ])
      await t.rejects(store.open('a', { range }), { code: 'internal' })
  },

  async 'objects are listed by text prefix over several pages, and deleted in any number'(t, store) {
    const many = Array.from({ length: 1050 }, (_, index) => `processed/u/ab_resize_w-${index}.webp`)
    const others = [
      'processed/u/ab.jpg',
      'processed/u/abc_x-1.jpg',
      'processed/uu/ab_x-1.jpg',
      'processed/u1',
    ]
    await putAll(store, [...many, ...others])
    t.strictSame(await keysOf(store, 'processed/u/ab_'), many.toSorted())
    t.strictSame(await keysOf(store, 'processed/u/ab'), [...many, ...others.slice(0, 2)].toSorted())
    t.strictSame(await keysOf(store, 'proc'), [...many, ...others].toSorted())
    t.strictSame(await keysOf(store, 'processed/u/ab_resize_w-7.webp'), ['processed/u/ab_resize_w-7.webp'])
    for (const nothing of ['processed/u/b', 'x', 'processed/u/ab_/', 'processed/u/ab.jpg/'])
      t.strictSame(await keysOf(store, nothing), [], nothing)
    await store.delete(['processed/u/missing.jpg', ...many])
    t.strictSame(await keysOf(store, ''), others.toSorted())
    await store.delete([])
  },

  async 'malformed keys and prefixes are rejected'(t, store) {
    const content = Buffer.from('x')
    for (const key of [
      '',
      '/a',
      'a/',
      'a//b',
      '../a',
      'a/../b',
      '..',
      'a/./b',
      '.a',
      'a\\b',
      'a b',
      'a\0',
      'ä',
      'a%2e',
    ]) {
      const unread = streamOf(content)
      const rejected = { code: 'internal' }
      await t.rejects(async () => store.put(key, unread, type), rejected, JSON.stringify(key))
      t.ok(unread.stream.destroyed)
      await t.rejects(async () => store.open(key), rejected)
      await t.rejects(async () => store.read(key, everything), rejected)
      await t.rejects(async () => store.size(key), rejected)
      await t.rejects(async () => store.delete(['fine', key]), rejected)
    }
    for (const prefix of ['/', '../', 'a/../', 'a//', '.', 'a b'])
      await t.rejects(keysOf(store, prefix), { code: 'internal' }, prefix)
    t.strictSame(await keysOf(store, ''), [])
  },

  async 'long keys and keys that differ in case stay distinct'(t, store) {
    const long = `processed/u/i_text_t-~${'Ab0.-'.repeat(190)}`
    const sizes = Array.from({ length: 12 }, (_, index) => `n/${'x'.repeat(195 + index)}`)
    const keys = [
      ['a/b', 'A/b', 'a/B', 'aB/c', 'Ab/c', 'AB/c', 'ab/c', 'a:b,c~d'],
      [long, `${long}.webp`, `${long}X`, `${long}x`, long.toLowerCase(), ...sizes],
      // wherever a driver splits a long name, no piece may be a hidden file or lead to the parent folder
      ['.', '..', '...', '.y'].map(end => `m/${'x'.repeat(200)}${end}`),
      [`n/${'x'.repeat(200)}/y`, `n/${'x'.repeat(400)}`, `n/${'X'.repeat(400)}`, `n/${'X'.repeat(400)}y`],
    ]
      .flat()
      .filter(key => key !== `n/${'x'.repeat(200)}`)
    await putAll(store, keys)
    for (const key of keys) t.strictSame(await store.read(key, everything), Buffer.from(key))
    t.strictSame(await keysOf(store, ''), keys.toSorted())
    for (const length of [20, 22, 150, 199, 200, 201, 400, 800, long.length])
      t.strictSame(
        await keysOf(store, long.slice(0, length)),
        keys.filter(key => key.startsWith(long.slice(0, length))).toSorted(),
        `the first ${length} bytes`,
      )
    t.strictSame(await keysOf(store, 'n/X'), keys.filter(key => key.startsWith('n/X')).toSorted())
    await store.delete(keys)
    t.strictSame(await keysOf(store, ''), [])
  },

  async 'check succeeds and leaves no object'(t, store) {
    await store.check()
    await store.check()
    t.strictSame(await keysOf(store, ''), [])
  },
}
