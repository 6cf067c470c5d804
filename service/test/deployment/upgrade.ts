import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { newEnvironment } from '../support/build.ts'
import { freePort } from '../support/free-port.ts'
import { buildRelease, findPreviousRelease, first } from '../support/previous-release.ts'
import { program } from '../support/program.ts'
import { emptyDatabase, temporaryFolder } from '../support/services/postgres.ts'
import { createBucket, sharedS3 } from '../support/services/s3.ts'
import t, { allowAnyDuration, skipFile } from '../support/tap.ts'
import { until } from '../support/until.ts'
import { UpgradeLoad } from '../support/upgrade-load.ts'

/** How long each phase lasts, in seconds. */
const seconds = Number(process.env.UPGRADE_SECONDS ?? '10')
/** How long a start may take, with migrations, in milliseconds. */
const startMs = 120_000
const stopMs = 60_000

const account = { email: 'admin@example.com', password: 'a password of the admin' }

allowAnyDuration()
const s3 = await sharedS3()
if (!s3) skipFile('there is no S3 server')

/** A running process of one of the two versions. */
interface Version {
  readonly url: string
  /** Ends it as an update does, and fails when it does not end by itself. */
  stop(): Promise<void>
}

t.test('a release and its predecessor serve the same site, forward and back', async t => {
  if (!s3) return
  const folder = await temporaryFolder('darkroom-upgrade-')
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const commit = process.env.PREVIOUS_RELEASE ?? (await findPreviousRelease())
  t.comment(`building ${commit}`)
  const previous = await buildRelease(commit, folder)

  const shared = await newEnvironment(t, {
    DATABASE_URL: await emptyDatabase(t),
    DARKROOM_STORAGE_URL: `s3://${await createBucket(s3)}?endpoint=${s3.endpoint}`,
    DARKROOM_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    DARKROOM_ADMIN_EMAIL: account.email,
    DARKROOM_ADMIN_PASSWORD: account.password,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    LOG_LEVEL: 'warn',
  })
  const serve = async (script: string): Promise<Version> => {
    const port = String(await freePort())
    const child = spawn(process.execPath, [script, 'serve'], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...shared, PORT: port },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    const url = `http://127.0.0.1:${port}`
    await until(`${script} is ready`, startMs, async () => {
      if (child.exitCode !== null) throw new Error(`${script} ended with ${child.exitCode}`)
      return (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200
    })
    return { url, stop: () => stop(child) }
  }

  const load = new UpgradeLoad(account)
  t.teardown(() => load.end())
  const phase = async (name: string, ...versions: readonly Version[]) => {
    await load.serveBy(...versions.map(({ url }) => url))
    await setTimeout(seconds * 1_000)
    const { requests, longestMs, failures } = load.take()
    t.comment(`${name}: ${requests} requests, the longest ${longestMs} ms, ${load.kept.size} images`)
    t.strictSame(failures, [], `${name}: no request failed`)
    t.ok(requests > 0)
  }

  let old = await serve(previous)
  await phase('the previous release', old)
  let current = await serve(program)
  await phase('both, after the migrations', old, current)
  await load.serveBy(current.url)
  await old.stop()
  await phase('this version', current)
  if (commit === first) {
    await load.end()
    t.strictSame(await load.check(), [], `${load.kept.size} images and ${load.deleted.size} deletions`)
    t.comment(`${commit} does not start when the database is newer`)
    return current.stop()
  }
  old = await serve(previous)
  await phase('both, the previous release started on the new schema', current, old)
  await load.serveBy(old.url)
  await current.stop()
  await phase('the previous release again', old)
  current = await serve(program)
  await phase('both again', old, current)
  await load.end()
  t.strictSame(await load.check(), [], `${load.kept.size} images and ${load.deleted.size} deletions at both`)
  await old.stop()
  await current.stop()
})

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = new AbortController()
  const late = setTimeout(stopMs, 'late', { signal: timer.signal }).catch(() => 'ended')
  const how = await Promise.race([ended, late])
  timer.abort()
  if (how === 'late') throw new Error(`the process did not end within ${stopMs} ms`)
  if (child.exitCode !== 0) throw new Error(`the process ended with ${child.exitCode ?? child.signalCode}`)
}
