import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { newEnvironment } from '../support/build.ts'
import {
  environmentOf,
  imageEnvironment,
  jsonOf,
  readCompose,
  readDockerfile,
  root,
} from '../support/containers.ts'
import { freePort } from '../support/free-port.ts'
import { animation, photo } from '../support/pictures.ts'
import { stop } from '../support/program.ts'
import { startDedicatedNats } from '../support/services/nats.ts'
import { temporaryFolder } from '../support/services/postgres.ts'
import { createBucket, sharedS3 } from '../support/services/s3.ts'
import { bytesOf, openSession, postJson } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const run = promisify(execFile)
/** The folder of all compiled files, this test included. */
const compiled = fileURLToPath(new URL('../../../', import.meta.url))
const compose = await readCompose()
const instructions = await readDockerfile()

/** Installs the package with its production dependencies, as the Dockerfile's build does. */
async function install(t: Test): Promise<string> {
  const folder = await temporaryFolder('darkroom-image-')
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const [build, app] = [join(folder, 'build'), join(folder, 'app')]
  await mkdir(app)
  await cp(compiled, join(build, 'dist'), { recursive: true })
  const files = ['package.json', 'package-lock.json', 'README.md', 'LICENSE']
  await Promise.all(files.map(name => cp(join(root, name), join(build, name))))
  await run('npm', ['pack', '--silent'], { cwd: build })
  const [archive = ''] = (await readdir(build)).filter(name => name.endsWith('.tgz'))
  await run('tar', ['-xzf', join(build, archive), '-C', app, '--strip-components=1'])
  await cp(join(root, 'package-lock.json'), join(app, 'package-lock.json'))
  const quick = ['--prefer-offline', '--no-audit', '--no-fund']
  await run('npm', ['ci', '--omit=dev', ...quick], { cwd: app, timeout: 100_000 })
  return app
}

/** The environment of `http-1` in compose.yaml, with servers of this machine in place of those that it starts. */
async function environment(t: Test): Promise<Record<string, string> | undefined> {
  const [s3, nats] = [await sharedS3(), await startDedicatedNats()]
  t.teardown(() => Promise.all([s3?.stop(), nats?.stop()]))
  if (s3 === undefined || nats === undefined) return undefined
  const bench = await newEnvironment(t)
  const composeEnvironment = environmentOf(compose.services['http-1'], {
    DARKROOM_PUBLIC_URL: `http://127.0.0.1:${bench.PORT}`,
    DARKROOM_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    DARKROOM_JWT_SECRET: 'x'.repeat(64),
    DARKROOM_ADMIN_EMAIL: 'admin@example.com',
    DARKROOM_ADMIN_PASSWORD: 'a password of the admin',
    NATS_PASSWORD: 'secret',
    S3_SECRET_KEY: s3.secretAccessKey,
  })
  const { LD_PRELOAD: _, ...image } = imageEnvironment(instructions)
  return {
    ...image,
    ...composeEnvironment,
    PATH: process.env.PATH ?? '',
    ...bench,
    NATS_URL: composeEnvironment.NATS_URL?.replace('nats:4222', `127.0.0.1:${nats.port}`) ?? '',
    DARKROOM_STORAGE_URL: `s3://${await createBucket(s3)}?endpoint=${s3.endpoint}`,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
  }
}

/** Starts a service of compose.yaml as its container would, but as a child process of this test. */
function launch(t: Test, app: string, name: string, env: Record<string, string>) {
  const port = env.DARKROOM_ROLE === 'worker' ? env.DARKROOM_METRICS_PORT : env.PORT
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  const [node = '', program = ''] = jsonOf(instructions, 'ENTRYPOINT')
  const words = [program.replace('/app', app), ...(compose.services[name]?.command ?? [])]
  const child = spawn(node, words, { env, cwd: app, stdio: 'ignore' })
  t.teardown(() => stop(child))
  const ended = once(child, 'exit')
  const [probe = '', ...probeArguments] = jsonOf(instructions, 'HEALTHCHECK')
  const isHealthy = () =>
    run(probe, probeArguments, { env }).then(
      () => true,
      () => false,
    )
  return {
    isHealthy,
    async untilHealthy() {
      // the health check is a program, which costs more than a request
      await until(`${name} is ready`, 30_000, () => child.exitCode !== null || isReady())
      await until(`${name} is healthy`, 30_000, () => child.exitCode !== null || isHealthy())
    },
    async end() {
      child.kill('SIGTERM')
      t.strictSame(await ended, [0, null], `${name} ends as it should`)
    },
  }
}

t.test('the production install runs in the environment of compose.yaml', async t => {
  const app = await install(t)
  const packages = await readdir(join(app, 'node_modules'))
  for (const name of [
    'typescript',
    'tap',
    'yaml',
    '@biomejs',
    'vite',
    'preact',
    'playwright-core',
    '@vladmandic',
  ])
    t.notOk(packages.includes(name), name)
  const shipped = await readdir(join(app, 'dist'), { recursive: true })
  t.notOk(shipped.some(name => /\.test\.|\/test\//.test(name)))

  const env = await environment(t)
  if (env === undefined) return t.comment('skipped the start: there is no S3 or NATS server')
  const http = launch(t, app, 'http-1', env)
  t.equal(await http.isHealthy(), false)
  const worker = launch(t, app, 'worker-1', {
    ...env,
    DARKROOM_ROLE: compose.services['worker-1']?.environment?.DARKROOM_ROLE ?? '',
    DARKROOM_DATA_DIR: `${env.DARKROOM_DATA_DIR}-of-worker`,
    DARKROOM_METRICS_PORT: String(await freePort()),
  })
  await Promise.all([http.untilHealthy(), worker.untilHealthy()])
  const url = `http://127.0.0.1:${env.PORT}`
  for (const path of ['/healthz', '/readyz', '/']) t.equal((await fetch(url + path)).status, 200, path)

  const { DARKROOM_ADMIN_EMAIL: email = '', DARKROOM_ADMIN_PASSWORD: password = '' } = env
  await until('the administrator is there', 20_000, async () => {
    return (await postJson(`${url}/api/v1/auth/login`, { email, password })).status === 200
  })
  const session = await openSession(url, { email, password })
  // the second file is an animation, which a worker renders
  for (const file of [await photo(300, 200).jpeg().toBuffer(), await animation(40)]) {
    const { id } = await session.upload(file)
    const signed = await session.sign({ imageId: id, operations: [{ op: 'resize', w: 30 }], format: 'webp' })
    t.equal((await sharp(await bytesOf(await session.get(signed))).metadata()).width, 30)
  }
  await Promise.all([http.end(), worker.end()])
})
