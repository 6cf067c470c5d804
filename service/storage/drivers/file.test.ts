import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { link, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from '../../test/support/tap.ts'
import { storeContract } from '../store.contract.ts'
import { contentOf, everything, keysOf } from '../store-fixture.contract.ts'
import { earlierPathOfKey, keyOfPath, pathOfKey, pathStartOf } from './file/paths.ts'
import { createFileStore } from './file.ts'

const type = { contentType: 'image/webp' }
const hour = 60 * 60_000

await storeContract(t, 'file', async () => createFileStore({ directory: await newDirectory(t) }))
await storeContract(t, 'file, with earlier objects,', async () => {
  const directory = await newDirectory(t)
  await mkdir(join(directory, 'raw'))
  return createFileStore({ directory })
})

t.test('object is stored in a file named after its key', async t => {
  const directory = await newDirectory(t)
  const store = await createFileStore({ directory })
  const key = 'processed/u1/abc_resize_w-500.webp'
  await store.put(key, Buffer.from('picture'), type)
  t.equal(await readFile(join(directory, 'processed/u1/ab/abc_resize_w-500.webp'), 'utf8'), 'picture')
  t.equal(store.presign, undefined, 'clients cannot reach the store')
  t.strictSame(await readdir(join(directory, '.incoming')), [], 'no temporary file is left')
})

t.test(
  'objects that need not be on disk at once are written together, and a failure is reported',
  async t => {
    const directory = await newDirectory(t)
    const store = await createFileStore({ directory })
    const light = { ...type, durable: false, flush: false }
    const keys = Array.from({ length: 12 }, (_, index) => `processed/u1/abc${index}.webp`)
    const taken = 'processed/u1/xyz.webp'
    await mkdir(join(directory, pathOfKey(taken)), { recursive: true })
    const refused = store.put(taken, Buffer.from('x'), light)
    const written = await Promise.all(keys.map(key => store.put(key, Buffer.from(key), light)))
    t.ok(written.every(Boolean))
    await t.rejects(refused, { code: 'unavailable' }, 'a folder has this name')
    await store.put(taken.replace('xyz', 'abc0'), Buffer.from('replaced'), light)
    t.equal(await readFile(join(directory, pathOfKey(keys[0] ?? '')), 'utf8'), 'replaced')
    for (const key of keys.slice(1))
      t.strictSame(await store.read(key, everything), Buffer.from(key), 'another object has its own bytes')
    const controller = new AbortController()
    const aborted = store.put(keys[0] ?? '', Buffer.from('x'), { ...light, signal: controller.signal })
    controller.abort(new Error('stopped'))
    await t.rejects(aborted, /stopped/)
    await store.put(keys[1] ?? '', Buffer.from('x'), light)
    t.strictSame(await readdir(join(directory, '.incoming')), [], 'no temporary file is left')
  },
)

t.test('failed put and put of an existing object leave no temporary file', async t => {
  const directory = await newDirectory(t)
  const store = await createFileStore({ directory })
  const leftovers = () => readdir(join(directory, '.incoming'))
  const [cut, left] = [new PassThrough(), new PassThrough()]
  const controller = new AbortController()
  const puts = [
    store.put('a', { stream: cut, bytes: 20 }, type),
    store.put('a', { stream: left, bytes: 20 }, { ...type, signal: controller.signal }),
  ]
  for (const stream of [cut, left]) stream.write('half of it')
  while ((await leftovers()).length < 2) await sleep(5)
  cut.destroy(new Error('cut'))
  controller.abort()
  await Promise.allSettled(puts)
  t.strictSame(await leftovers(), [])
  for (const made of [true, false])
    t.equal(await store.put('a', Buffer.from('x'), { ...type, onlyNew: true }), made)
  t.strictSame(await leftovers(), [])
})

t.test('foreign files in the folder are not listed', async t => {
  const directory = await newDirectory(t)
  const store = await createFileStore({ directory })
  await store.put('raw/u/a', Buffer.from('x'), type)
  for (const name of ['raw/u/Capital', 'raw/u/.hidden', 'raw/u/a b', 'raw/u/=1', 'lost+found'])
    await writeFile(join(directory, name), 'x')
  await mkdir(join(directory, 'raw/empty'))
  const keys: string[] = []
  for await (const key of store.list('')) keys.push(key)
  t.strictSame(keys, ['raw/u/a'])
})

t.test('the path of a key leads back to it, and starts with that of its prefixes', async t => {
  const long = `Ab0.-${'x'.repeat(600)}`
  const names = ['a', 'ab', 'abc_w-1.webp', 'i-orig.png', 'A', 'AB', 'aB-1', long]
  const keys = ['raw', 'rungs', 'processed', 'incoming', 'other'].flatMap(kind =>
    names.map(name => `${kind}/u1/${name}`),
  )
  for (const key of [...keys, 'a', 'raw/u', 'raw/u/abc/abd'])
    for (const layout of ['spread', 'flat'] as const) {
      const path = pathOfKey(key, layout)
      const isIn = layout === 'spread' || earlierPathOfKey(key) !== undefined
      t.equal(keyOfPath(path, layout), isIn ? key : undefined, `${key}, ${layout}`)
      const starts = Array.from(key, (_, length) => pathStartOf(key.slice(0, length), layout))
      t.ok(
        starts.every(start => path.startsWith(start)),
        `each beginning of ${key}, ${layout}`,
      )
    }
  t.equal(pathStartOf('processed/u1/abcdef_', 'spread'), 'processed/u1/ab/abcdef_', 'an image has one folder')
  t.equal(new Set(keys.flatMap(key => [pathOfKey(key), pathOfKey(key, 'flat')])).size, 2 * 24 + 2 * 8)
})

t.test('objects of earlier versions are found, replaced, deleted and moved', async t => {
  const directory = await newDirectory(t)
  const at = (path: string) => join(directory, path)
  const long = `processed/u/i_text_t-${'Ab0.-'.repeat(100)}`
  const keys = ['raw/u/abcdef-orig.png', 'rungs/u/abcdef-w640.jpg', 'processed/u/abcdef_a.webp', long]
  for (const key of [...keys, 'incoming/u/abc', 'processed/u/xyz']) {
    const path = at(pathOfKey(key, 'flat'))
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, 'old')
  }
  const store = await createFileStore({ directory })
  const read = async (key: string) => (await store.read(key, everything))?.toString()
  for (const key of keys) {
    t.equal(await store.size(key), 3)
    t.equal(await read(key), 'old')
    t.equal((await contentOf(store, key)).content.toString(), 'old')
    t.equal(await store.put(key, Buffer.from('new'), { ...type, onlyNew: true }), false)
    t.strictSame(await keysOf(store, key.slice(0, -1)), [key])
  }
  const all = [...keys, 'incoming/u/abc', 'processed/u/xyz'].toSorted()
  t.strictSame(await keysOf(store, ''), all)
  t.strictSame(await keysOf(store, 'processed/u/'), [keys[2], long, 'processed/u/xyz'].toSorted())

  await store.put(keys[2]!, Buffer.from('new'), type)
  t.equal(await read(keys[2]!), 'new')
  await store.delete([keys[1]!, 'processed/u/xyz'])
  const left = [keys[0]!, keys[2]!, long, 'incoming/u/abc'].toSorted()
  t.strictSame(await keysOf(store, ''), left, 'a replaced object is in one place, a deleted one in none')

  const misplaced = async (move: boolean) => {
    const found: string[] = []
    for await (const key of store.listMisplaced!({ move })) found.push(key)
    return found.toSorted()
  }
  t.strictSame(await misplaced(false), [keys[0], long].toSorted())
  // the state after a crash between the two steps of a move
  await mkdir(at('raw/u/ab'))
  await link(at(keys[0]!), at('raw/u/ab/abcdef-orig.png'))
  t.strictSame(await misplaced(true), [keys[0], long].toSorted())
  t.strictSame(await misplaced(false), [])
  t.strictSame(await keysOf(store, ''), left)
  await writeFile(at('raw/u/abcdef-orig.gif'), 'old')
  for (const opened of [store, await createFileStore({ directory })])
    t.equal(await opened.size('raw/u/abcdef-orig.gif'), undefined, 'no second look after the move')
})

t.test(
  'an object that is moved during a read is found, and one that is deleted meanwhile stays deleted',
  async t => {
    const directory = await newDirectory(t)
    const keys = Array.from({ length: 300 }, (_, index) => `raw/u/${String(index).padStart(6, 'a')}-orig.png`)
    await mkdir(join(directory, 'raw/u'), { recursive: true })
    await Promise.all(keys.map(key => writeFile(join(directory, key), 'old')))
    const [mover, store] = [await createFileStore({ directory }), await createFileStore({ directory })]
    const gone = keys.filter((_, index) => index % 3 === 0)
    const move = async () => {
      for await (const _ of mover.listMisplaced!({ move: true }));
    }
    const kept = keys.filter(key => !gone.includes(key))
    const [sizes] = await Promise.all([
      Promise.all(kept.map(key => store.size(key))),
      move(),
      ...gone.map(key => store.delete([key])),
    ])
    t.ok(sizes.every(size => size === 3))
    t.strictSame(await keysOf(store, ''), kept.toSorted())
  },
)

t.test('a folder is removed with its last object, even while another is written into it', async t => {
  const directory = await newDirectory(t)
  const store = await createFileStore({ directory })
  const [kept, gone] = ['processed/u/abcdef_a.webp', 'processed/u/abcdef_b.webp']
  for (let round = 0; round < 50; round++) {
    await store.put(gone, Buffer.from('x'), { ...type, durable: false, flush: false })
    await Promise.all([store.delete([gone]), store.put(kept, Buffer.from('x'), { ...type, durable: false })])
    t.equal(await store.size(kept), 1)
    await store.delete([kept])
    t.strictSame(await readdir(join(directory, 'processed/u')), [])
  }
})

t.test('one of two stores in the same folder creates a new object', async t => {
  const directory = await newDirectory(t)
  const stores = await Promise.all([createFileStore({ directory }), createFileStore({ directory })])
  const made = await Promise.all(
    stores.flatMap(store =>
      [1, 2, 3].map(() => store.put('a', Buffer.from('x'), { ...type, onlyNew: true })),
    ),
  )
  t.equal(made.filter(Boolean).length, 1)
})

t.test('start removes temporary files of crashed processes only', async t => {
  const directory = await newDirectory(t)
  await createFileStore({ directory })
  const incoming = join(directory, '.incoming')
  for (const [name, age] of [
    ['crashed', 2 * hour],
    ['writing', hour / 2],
  ] as const) {
    await writeFile(join(incoming, name), 'half')
    await utimes(join(incoming, name), new Date(), new Date(Date.now() - age))
  }
  await createFileStore({ directory })
  t.strictSame(await readdir(incoming), ['writing'])
})

t.test('process killed during a write leaves no object', { skip: process.platform === 'win32' }, async t => {
  const directory = await newDirectory(t)
  const script = `
    import { PassThrough } from 'node:stream'
    import { createFileStore } from ${JSON.stringify(new URL('./file.js', import.meta.url).href)}
    const store = await createFileStore({ directory: ${JSON.stringify(directory)} })
    const stream = new PassThrough()
    stream.write(Buffer.alloc(500_000), () => setTimeout(() => process.stdout.write('half'), 100))
    await store.put('raw/u/i-orig.png', { stream, bytes: 1_000_000 }, { contentType: 'image/png', onlyNew: true })`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.equal((await readdir(join(directory, '.incoming'))).length, 1, 'the process was killed during the write')
  const store = await createFileStore({ directory })
  t.equal(await store.size('raw/u/i-orig.png'), undefined)
  for await (const key of store.list('')) t.fail(`${key} is visible`)
  t.equal(await store.put('raw/u/i-orig.png', Buffer.from('again'), { ...type, onlyNew: true }), true)
})

t.test('disk error is reported as unavailable without its path', async t => {
  const directory = await newDirectory(t)
  const store = await createFileStore({ directory })
  await rm(join(directory, '.incoming'), { recursive: true })
  for (const call of [() => store.put('a', Buffer.from('x'), type), () => store.check()]) {
    const error = await call().then(
      () => undefined,
      error => error,
    )
    t.match(error, { code: 'unavailable', cause: { code: 'ENOENT' } })
    t.notOk(error.message.includes(directory))
  }
  await writeFile(join(directory, 'file'), '')
  await t.rejects(createFileStore({ directory: join(directory, 'file') }), { code: 'unavailable' })
})

async function newDirectory(t: Test): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'darkroom-files-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  return directory
}
