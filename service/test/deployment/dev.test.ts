import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../support/containers.ts'
import { freePort } from '../support/free-port.ts'
import { heard } from '../support/program.ts'
import { findChromiumObstacle, openPage, startChromium } from '../support/services/chromium.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

/** How long a restart may take on a busy machine, in milliseconds. */
const patienceMs = 60_000

/** A small service and a small page in place of Darkroom's, which compile in no time. */
const serviceFile = (answer: string) => `
import { createServer } from 'node:http'
createServer((_, response) => response.end('${answer}')).listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => process.exit())
`
const pageFile = (words: string) => `document.body.textContent = '${words}'\n`

const project = t.testdir({
  bench: {},
  dashboard: {
    'index.html': '<!doctype html><body><script type="module" src="/main.ts"></script></body>',
    'main.ts': pageFile('the old page'),
  },
  service: { 'main.ts': serviceFile('old'), metadata: { migrations: {} } },
})
for (const file of [
  'config/dev.js',
  'dashboard/vite.config.ts',
  'service/darkroom.cts',
  'tsconfig.json',
  'package.json',
])
  await cp(join(root, file), join(project, file))
await promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project])

t.test('npm run dev restarts the service and reloads the page after a change', async t => {
  const port = await freePort()
  const dev = spawn(process.execPath, [join(project, 'config/dev.js')], {
    // with a server of their own, no embedded Postgres is started
    env: { PATH: process.env.PATH, PORT: String(port), DATABASE_URL: 'postgres://nobody@127.0.0.1/none' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => dev.kill('SIGINT'))
  const exited = once(dev, 'exit')
  const label = 'dashboard with live reload at '
  const output = await heard(dev.stdout, label)
  const address = /http:\S+/.exec(output.slice(output.indexOf(label)))?.[0]
  const answer = () =>
    fetch(`http://127.0.0.1:${port}`).then(
      response => response.text(),
      () => undefined,
    )
  const answers = (expected: string) =>
    until(`the service answers ${expected}`, patienceMs, async () => (await answer()) === expected)

  if ((await findChromiumObstacle()) === undefined) {
    const { page } = await openPage(await startChromium(t), address ?? '')
    await page.goto('/')
    await page.getByText('the old page').waitFor()
    await writeFile(join(project, 'dashboard/main.ts'), pageFile('the new page'))
    await page.getByText('the new page').waitFor()
  }

  await answers('old')
  await writeFile(join(project, 'service/main.ts'), serviceFile('new'))
  await answers('new')

  dev.kill('SIGINT')
  t.strictSame(await exited, [0, null])
  t.equal(await answer(), undefined, 'the service ends with it')
})
