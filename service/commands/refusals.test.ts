import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../test/support/program.ts'
import t from '../test/support/tap.ts'

// what the program answers without a database

t.test('an unreachable database is reported on one line without its password', async t => {
  const { code, stdout, stderr } = await run(['migrate'], {
    DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/none',
    DARKROOM_DATA_DIR: t.testdir(),
  })
  t.match({ code, stdout }, { code: 1, stdout: '' })
  t.match(stderr, /^darkroom migrate: DATABASE_URL: .*ECONNREFUSED.*\n$/)
  t.notMatch(stderr, 'hunter2')
})

t.test('wrong arguments are reported with the usage', async t => {
  const [known, unknown, help, group, one, metadata] = await Promise.all([
    run(['user', 'create', '--password=hunter2'], {}),
    run(['paint'], {}),
    run(['--help'], {}),
    run(['user'], {}),
    run(['help', 'user', 'create'], {}),
    run(['upload', 'a.jpg', '--metadata', 'camera'], {}),
  ])
  t.match(known, { code: 1, stdout: '' })
  t.match(known.stderr, /^darkroom user create: Unknown option '--password'\n\nUsage: darkroom user create /)
  t.notMatch(known.stderr, 'hunter2')
  t.match(unknown, { code: 1, stdout: '', stderr: /^darkroom: unknown command: paint\n\nUsage:\n/ })
  t.match(help, { code: 0, stderr: '', stdout: /darkroom sign <path> .*\n.*darkroom upload <file\.\.\.> / })
  t.match(group, { code: 1, stdout: '', stderr: /^darkroom: unknown command: user\n\nUsage:\n/ })
  t.match(
    group.stderr,
    /darkroom user list .*\n.*darkroom user password <email> /,
    'lists commands of the group',
  )
  t.notMatch(group.stderr, 'darkroom upload', 'lists no other commands')
  t.match(one, { code: 0, stderr: '', stdout: /^Usage: darkroom user create --email <address> / })
  t.match(metadata, { code: 1, stderr: /^darkroom upload: --metadata must be name:value\n/ })
})

t.test('the version is printed, and an unsupported Node is reported before anything else loads', async t => {
  const { version, engines } = JSON.parse(await readFile('package.json', 'utf8'))
  const fake = join(t.testdir(), 'fake.cjs')
  await writeFile(
    fake,
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.9.0' } })",
  )
  const [ours, old] = await Promise.all([
    run(['--version'], {}),
    run(['serve'], { NODE_OPTIONS: `--require=${fake}`, PORT: 'many' }),
  ])
  t.strictSame(ours, { code: 0, stdout: `${version}\n`, stderr: '' })
  const lowest = engines.node.replace('>=', '')
  const stderr = `darkroom: Node 20.9.0 is not supported, install Node ${lowest} or later\n`
  t.strictSame(old, { code: 1, stdout: '', stderr })
})
