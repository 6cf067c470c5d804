import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createBucket, type S3Server, startS3 } from '../../service/test/support/services/s3.ts'
import type { ObjectsQuestion, WorkAnswer } from '../baselines/messages.ts'
import { requestOnce } from '../generators/once.ts'
import { allJobs } from '../jobs.ts'
import { serverCpuMs, untilIdle } from '../process-usage.ts'
import { ask } from '../processes.ts'
import { createRandom, shuffled } from '../random.ts'
import { fetchOne, forEach, keptConnections } from '../requests.ts'
import type { Scenario } from '../scenario.ts'
import type { Service } from '../service.ts'
import { medians, type Pair, ratios } from '../stats.ts'

const title = 'Hits from an S3 bucket, compared with a loop of GetObject calls of the AWS SDK'
/** Memory cache in MiB, negligible compared with the requested derivatives. */
const memory = { DARKROOM_MEMORY_CACHE_MB: '1' }
/** V8 compiles what is called often, so the first rounds do not count. */
const warmUps = 2
/** The requests of a round, so that its CPU time can be read from /proc. */
const leastRequests = 600

interface Round {
  readonly cpuMicros: number
  readonly perSecond: number
}

type Location = S3Server & { readonly bucket: string }

/** Requests derivatives in turn from a process with almost no memory cache, whose store is a bucket. */
export const s3Hits: Scenario = async (workspace, { loadPairs, connections, storedDerivatives }) => {
  const s3 = await startS3({ ...process.env, CI: '' })
  if (s3 === undefined) return { title, rows: [], notes: ['skipped: there is no S3 server'] }
  try {
    const { stop: _, ...server } = s3
    const bucket = await createBucket(server)
    // other scenarios find no rows whose objects are in the bucket
    const environment = { ...environmentOf(server, bucket), DARKROOM_DATA_DIR: join(workspace.folder, 's3') }
    const renderer = await workspace.startService(environment)
    const jobs = shuffled(allJobs(workspace.pictures.length), createRandom(6)).slice(0, storedDerivatives)
    const imageIds = await renderer.upload(workspace.pictures)
    const signed = await renderer.sign(imageIds, jobs, 'jpg')
    await requestAll(renderer, signed)
    await renderer.stop()
    const service = await workspace.startService({ ...environment, ...memory })
    // renders again what the first process could not write before its end
    await requestAll(service, signed)
    const paths = Array.from({ length: Math.ceil(leastRequests / signed.length) }, () => signed).flat()
    const loop = workspace.startS3Loop()
    const rounds: Pair<Round>[] = []
    for (let round = 0; round < warmUps + loadPairs; round++) {
      const darkroom = await runService(service, paths, connections)
      const baseline = await runLoop(loop, { ...server, bucket }, paths, connections)
      if (round >= warmUps) rounds.push({ darkroom, baseline })
    }
    await Promise.all([service.stop(), workspace.stop(loop)])
    return outcomeOf(rounds, signed.length)
  } finally {
    await s3.stop()
  }
}

/** Renders what is not stored, and waits until it is. */
async function requestAll({ origin, pid }: Service, paths: readonly string[]): Promise<void> {
  const agent = keptConnections(8)
  await forEach(paths, 8, path => fetchOne(origin + path, agent))
  agent.destroy()
  await untilIdle(pid)
}

function environmentOf({ endpoint, accessKeyId, secretAccessKey }: S3Server, bucket: string) {
  return {
    DARKROOM_STORAGE_URL: `s3://${bucket}?endpoint=${endpoint}`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  }
}

/** The derivatives in turn, so that none is still in the small memory. */
async function runService(
  { origin, pid }: Service,
  paths: readonly string[],
  connections: number,
): Promise<Round> {
  const before = serverCpuMs(pid)
  const { ms, stores } = await requestOnce({ origin, paths, connections })
  const cpuMicros = ((serverCpuMs(pid) - before) * 1000) / paths.length
  if (stores < paths.length * 0.9) throw new Error(`only ${stores} of ${paths.length} came from the bucket`)
  return { cpuMicros, perSecond: (paths.length / ms) * 1000 }
}

/** The same objects, read by the SDK alone. */
async function runLoop(
  loop: ChildProcess,
  server: Location,
  paths: readonly string[],
  connections: number,
): Promise<Round> {
  const keys = paths.map(path => path.slice(1).replace(/\?.*/, ''))
  const before = serverCpuMs(loop.pid)
  const { ms } = await ask<ObjectsQuestion, WorkAnswer>(loop, { server, keys, connections })
  const cpuMicros = ((serverCpuMs(loop.pid) - before) * 1000) / paths.length
  return { cpuMicros, perSecond: (paths.length / ms) * 1000 }
}

function outcomeOf(rounds: readonly Pair<Round>[], count: number) {
  const cpu = medians(rounds, round => round.cpuMicros)
  return {
    title,
    rows: [
      { what: 'server CPU µs/request', ...cpu, ratios: ratios(rounds, round => round.cpuMicros) },
      { what: 'of which the SDK needs, %', darkroom: (100 * cpu.baseline) / cpu.darkroom },
      {
        what: 'requests/s',
        ...medians(rounds, round => round.perSecond),
        ratios: ratios(rounds, round => round.perSecond),
      },
    ],
    notes: [
      `${count} JPEGs; the S3 server (Ceph's gateway unless \`S3_TEST_ENDPOINT\` names another) shares the machine, so only CPU times are comparable`,
    ],
  }
}
