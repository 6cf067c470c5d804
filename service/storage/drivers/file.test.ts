import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from '../../test/support/tap.ts'
import { storeContract } from '../store.contract.ts'
import { createFileStore } from './file.ts'

const type = { contentType: 'image/webp' }
const hour = 60 * 60_000

await storeContract(t, 'file', async () => createFileStore({ directory: await newDirectory(t) }))

t.test('object is stored in a file named after its key', async t => {
  const directory = await newDirectory(t)
  const store = await createFileStore({ directory })
  const key = 'processed/u1/abc_resize_w-500.webp'
  await store.put(key, Buffer.from('picture'), type)
  t.equal(await readFile(join(directory, key), 'utf8'), 'picture')
  t.equal(store.presign, undefined, 'clients cannot reach the store')
  t.strictSame(await readdir(join(directory, '.incoming')), [], 'no temporary file is left')
})

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
