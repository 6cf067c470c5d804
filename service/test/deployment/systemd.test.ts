import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readConfig } from '../../config.ts'
import { read } from '../support/containers.ts'
import { findObstacle } from '../support/services/debian.ts'
import { temporaryFolder } from '../support/services/postgres.ts'
import t from '../support/tap.ts'

// The units are not started: that needs systemd as the first process.

const run = promisify(execFile)
const names = ['darkroom.service', 'darkroom-worker.service']
const secrets = {
  NATS_URL: 'nats://127.0.0.1:4222',
  DARKROOM_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  DARKROOM_JWT_SECRET: 'x'.repeat(64),
}

/** The values of a setting, in their order. */
const valuesOf = (unit: string, setting: string) =>
  [...unit.matchAll(new RegExp(`^${setting}=(.*)$`, 'gm'))].map(([, value = '']) => value)

t.test('units start the program with variables that it knows, on different ports', async t => {
  const { bin } = JSON.parse(await read('package.json'))
  const configs = []
  for (const name of names) {
    const unit = await read(`config/systemd/${name}`)
    t.strictSame(valuesOf(unit, 'ExecStart'), [
      `/usr/bin/node /usr/lib/node_modules/darkroom/${bin.darkroom} serve`,
    ])
    const environment = Object.fromEntries(valuesOf(unit, 'Environment').map(pair => pair.split('=', 2)))
    const config = await readConfig({ ...secrets, ...environment })
    t.equal(config.DARKROOM_DATA_DIR, `/var/lib/${valuesOf(unit, 'StateDirectory')[0]}`)
    // a process needs up to 20 s to end
    t.ok(Number(valuesOf(unit, 'TimeoutStopSec')[0]) > 20)
    configs.push(config)
  }
  t.match(configs, [{ DARKROOM_ROLE: 'all' }, { DARKROOM_ROLE: 'worker' }])
  t.equal(new Set(configs.map(config => config.DARKROOM_METRICS_PORT)).size, 2)
  t.notMatch(await read('config/darkroom.env'), /^[A-Z_]+=/m, 'the template of the variables sets none')
})

t.test('units are valid, and give away few rights', async t => {
  const obstacle = await findObstacle({ programs: ['systemd-analyze'], packages: ['systemd'] })
  if (obstacle) return t.comment(`skipped: ${obstacle}`)
  const folder = await temporaryFolder('darkroom-units-')
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  for (const name of names) {
    const unit = join(folder, name)
    const text = await read(`config/systemd/${name}`)
    // the only program that is on this machine for sure
    await writeFile(unit, text.replace('/usr/bin/node', process.execPath))
    const { stderr } = await run('systemd-analyze', ['verify', unit])
    t.notMatch(stderr, name)
    const { stdout } = await run('systemd-analyze', ['security', '--offline=true', '--threshold=15', unit])
    t.match(stdout, /exposure level/)
  }
})
