import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { newEnvironment } from './build.ts'
import { environmentOf, imageEnvironment, jsonOf, readCompose, readDockerfile, root } from './containers.ts'
import { photo } from './pictures.ts'
import { stop } from './program.ts'
import { startOwnNats } from './services/nats.ts'
import { temporaryFolder } from './services/postgres.ts'
import { createBucket, sharedS3 } from './services/s3.ts'
import { bytesOf, openSession } from './session.ts'
import { until } from './until.ts'

const run = promisify(execFile)
/** What was compiled together with this test. */
const compiled = fileURLToPath(new URL('../../', import.meta.url))
const compose = await readCompose()
const instructions = await readDockerfile()

/** What the Dockerfile's build makes of the compiled sources: the package with its production dependencies. */
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
  const [s3, nats] = [await sharedS3(), await startOwnNats()]
  t.teardown(() => Promise.all([s3?.stop(), nats?.stop()]))
  if (s3 === undefined || nats === undefined) return undefined
  const bench = await newEnvironment(t)
  const asked = environmentOf(compose.services['http-1'], {
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
    ...asked,
    PATH: process.env.PATH ?? '',
    ...bench,
    NATS_URL: asked.NATS_URL?.replace('nats:4222', `127.0.0.1:${nats.port}`) ?? '',
    DARKROOM_STORAGE_URL: `s3://${await createBucket(s3)}?endpoint=${s3.endpoint}`,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
  }
}

t.test('the production install runs in the environment of compose.yaml', async t => {
  const app = await install(t)
  const packages = await readdir(join(app, 'node_modules'))
  for (const name of ['typescript', 'tap', 'yaml', '@biomejs']) t.notOk(packages.includes(name), name)
  const shipped = await readdir(join(app, 'dist'), { recursive: true })
  t.notOk(shipped.some(name => /\.test\.|\/test\//.test(name)))

  const env = await environment(t)
  if (env === undefined) return t.comment('without S3 and NATS it cannot be started here')
  const [node = '', program = ''] = jsonOf(instructions, 'ENTRYPOINT')
  const words = [program.replace('/app', app), ...(compose.services['http-1']?.command ?? [])]
  const child = spawn(node, words, { env, cwd: app, stdio: 'ignore' })
  t.teardown(() => stop(child))
  const ended = once(child, 'exit')
  const url = `http://127.0.0.1:${env.PORT}`
  const answers = (path: string) =>
    fetch(url + path).then(
      ({ ok }) => ok,
      () => false,
    )
  const [probe = '', ...question] = jsonOf(instructions, 'HEALTHCHECK')
  const healthy = () =>
    run(probe, question, { env }).then(
      () => true,
      () => false,
    )
  t.equal(await healthy(), false)
  await until('it lives', 20_000, () => child.exitCode !== null || answers('/healthz'))
  t.equal(child.exitCode, null)
  t.ok(await answers('/readyz'))
  t.equal(await healthy(), true)

  const { DARKROOM_ADMIN_EMAIL: email = '', DARKROOM_ADMIN_PASSWORD: password = '' } = env
  await until('the administrator is there', 20_000, async () => {
    const init = { method: 'POST', body: JSON.stringify({ email, password }) }
    const headers = { 'content-type': 'application/json' }
    return (await fetch(`${url}/api/v1/auth/login`, { ...init, headers })).status === 200
  })
  const session = await openSession(url, { email, password })
  const { id } = await session.upload(await photo(300, 200).jpeg().toBuffer())
  const signed = await session.sign({ imageId: id, operations: [{ op: 'resize', w: 60 }], format: 'avif' })
  t.ok((await bytesOf(await session.get(signed))).length > 0)

  child.kill('SIGTERM')
  t.strictSame(await ended, [0, null])
})
