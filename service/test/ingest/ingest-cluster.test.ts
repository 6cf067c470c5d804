import { rm, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { EagerProgress } from '../../ingest/eager-progress.ts'
import { pathOfKey } from '../../storage/drivers/file/paths.ts'
import { buildCluster } from '../support/cluster.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { sharedNats } from '../support/services/nats.ts'
import { temporaryFolder } from '../support/services/postgres.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(1400, 900).png({ compressionLevel: 1 }).toBuffer()
const shared = await sharedNats()
t.teardown(() => shared?.stop())
const skip = shared ? false : 'there is no NATS server'

t.test(
  'http processes use derivatives and rungs of a worker, which rebuilds lost ones',
  { skip },
  async t => {
    if (shared === undefined) return
    const folder = await temporaryFolder('darkroom-test-')
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const cluster = await buildCluster(t, shared.url, { DARKROOM_DATA_DIR: folder })
    const http = await cluster.http()
    const [other] = await Promise.all([cluster.http(), cluster.worker()])
    const session = await cluster.session(http)
    const preset = { operations: 'resize_w-60', eager: true }
    await read(await callJson(session, 'PUT', '/api/v1/presets/thumb', preset))
    const { id, userId } = await session.upload(picture)
    await ingested(cluster.database, id)
    const eager = async () => read<EagerProgress>(await session.get(`/api/v1/images/${id}/eager`))
    await until('the eager preset is rendered', 30_000, async () => (await eager()).ready === 2)
    const named = await fetch(await session.sign(`/processed/${userId}/${id}_preset_n-thumb.auto`))
    t.equal((await bytesOf(named)).length > 0 && named.headers.get('darkroom-cache'), 'store')
    const original = join(folder, 'objects', pathOfKey(`raw/${userId}/${id}-orig.png`))
    const rung = join(folder, 'objects', pathOfKey(`rungs/${userId}/${id}-w640.jpg`))
    const widthOf = async (w: number, place = http) => {
      const url = await session.sign({ imageId: id, operations: [{ op: 'resize', w }], format: 'jpg' })
      return (await sharp(await bytesOf(await fetch(url.replace(http.url, place.url)))).metadata()).width
    }
    const ladder = async () => {
      const text = 'select ladder from images where id = $1'
      return (await cluster.database.query<{ ladder: unknown }>(text, [id]))[0]?.ladder
    }

    // the process caches the row of the image from before the ingest for up to a second
    await until('the rung is read in place of the original', 10_000, async () => {
      await unlink(original).catch(() => {})
      return (await widthOf(200).catch(() => undefined)) === 200
    })
    await writeFile(original, picture)
    await unlink(rung)
    // the first process has the rung in memory, so another one is asked
    t.equal(await widthOf(201, other), 201)
    const isThere = async () =>
      (
        await sharp(rung)
          .metadata()
          .catch(() => undefined)
      )?.width === 640
    await until('the worker has rebuilt it', 30_000, isThere)
    await until('the ladder is recorded', 10_000, async () => (await ladder()) !== null)

    t.equal((await session.get(`/api/v1/images/${id}`, { method: 'DELETE' })).status, 204)
    t.notOk(await isThere(), 'the rung is deleted with its image')
  },
)
