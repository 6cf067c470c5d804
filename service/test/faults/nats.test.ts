import t from 'tap'
import { build, newEnvironment } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { run } from '../support/program.ts'
import { startDedicatedNats } from '../support/services/nats.ts'
import { bytesOf } from '../support/session.ts'
import { until } from '../support/until.ts'

const nats = await startDedicatedNats()
const skip = nats ? false : 'there is no NATS server'
t.teardown(() => nats?.stop())

t.test('without NATS images are served, and readyz reports not ready', { skip }, async t => {
  const bench = await build(t, { NATS_URL: nats!.url })
  const { id } = await bench.upload(await photo(400, 300).jpeg().toBuffer())
  const isReady = async () => {
    const response = await bench.get('/readyz')
    await response.body?.cancel()
    return response.status === 200
  }
  t.ok(await isReady())
  await nats!.kill()
  await until('the service is not ready', 5000, async () => !(await isReady()))
  t.match(await isProblemResponse(t, await bench.get('/readyz'), 'unavailable'), /queue/)
  const url = await bench.sign(`/processed/${bench.userId}/${id}_resize_w-100.jpg`)
  t.ok((await bytesOf(await bench.get(url))).length > 500)
  await nats!.restart()
  await until('the service is ready again', 15_000, isReady)
})

t.test('unusable queue is reported by its variable without secrets', { skip }, async t => {
  const environment = await newEnvironment(t)
  const [absent, wrong, well] = await Promise.all([
    run(['serve'], { ...environment, NATS_URL: 'nats://ann:hunter2@127.0.0.1:1' }),
    run(['doctor'], { ...environment, NATS_URL: 'nats://ann:hunter2@127.0.0.1?prefix=a.b' }),
    run(['doctor'], { ...environment, NATS_URL: nats!.url }),
  ])
  t.equal(absent.code, 1)
  t.match(absent.stderr + absent.stdout, /NATS_URL: NATS cannot be reached/)
  t.match(wrong, {
    code: 1,
    stdout: /FAILED +configuration +NATS_URL: prefix: .*To fix: correct these variables/,
  })
  t.match(well.stdout, /ok +queue +the server of NATS_URL accepts jobs/)
  for (const { stdout, stderr } of [absent, wrong]) t.notMatch(stdout + stderr, 'hunter2')
})
