import { readConfig } from './config.ts'
import t from './test/support/tap.ts'

t.test('configuration reports every mistake at once, by variable name', async t => {
  const environment = {
    PORT: 'many',
    DARKROOM_ROLE: 'painter',
    DARKROOM_COLOUR: 'red',
    DARKROOM_TRUSTED_PROXIES: '10.0.0.1, nginx',
    DARKROOM_IMAGE_ORIGINS: 'https://shop.example.com/',
    DARKROOM_API_ORIGINS: '*',
    DARKROOM_STORAGE_URL: 's3://ann:hunter2@bucket',
    NATS_URL: 'nats://ann:hunter2@host?prefix=a.b',
    DARKROOM_MASTER_KEY: 'hunter2',
    DARKROOM_NEW_MASTER_KEY: 'hunter2',
    DARKROOM_EDGE_PURGE: 'fastly://ann:hunter2@service',
    DARKROOM_EDGE_TOKEN: 'hunter2 hunter2',
  }
  try {
    await readConfig(environment)
    t.fail('the configuration is accepted')
  } catch (error) {
    t.match(error, { name: 'ConfigError', message: /^DARKROOM_COLOUR: unknown variable$/m })
    const names = Object.keys(environment)
    const reported = String((error as Error).message)
      .split('\n')
      .map(line => line.split(':')[0])
    t.strictSame(reported.toSorted(), names.toSorted())
    t.notMatch(error, { message: /hunter2/ })
  }
})

t.test('an empty variable counts as absent', async t => {
  const empty = { NATS_URL: '', DARKROOM_TRUSTED_PROXIES: '', DARKROOM_EDGE_TOKEN: '', PORT: '' }
  t.strictSame(await readConfig(empty), await readConfig({}))
})
