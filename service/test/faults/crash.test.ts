import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import sharp from 'sharp'
import { openDatabase } from '../../metadata/database.ts'
import { openEmbeddedPostgres } from '../../metadata/embedded.ts'
import { keyOfPath, pathOfKey } from '../../storage/drivers/file/paths.ts'
import { derivativeKey } from '../../storage/keys.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { type Environment, newEnvironment } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { endOf, heard, start, stop } from '../support/program.ts'
import { replace, sha256Of } from '../support/replace.ts'
import { Form } from '../support/send.ts'
import { bytesOf, openSession, type Session, type ShownImage } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(1400, 1000).jpeg({ quality: 95 }).toBuffer()
const replacement = await photo(1000, 1400, 2).jpeg({ quality: 95 }).toBuffer()
const logger = createLogger('silent')

/** Starts a service process with the embedded database, and signs in its administrator. `end` sends it a signal. */
async function serve(t: Test, environment: Environment) {
  const child = start(['serve'], environment)
  t.teardown(() => stop(child))
  const ended = endOf(child)
  await heard(child.stdout, 'Next: sign in').catch(async error => {
    throw new Error(`${error.message} ${(await ended).stderr}`)
  })
  const url = `http://127.0.0.1:${environment.PORT}`
  const email = environment.DARKROOM_ADMIN_EMAIL!
  const session = await openSession(url, { email, password: environment.DARKROOM_ADMIN_PASSWORD! })
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return ended
  }
  return { session, end }
}

/** Sends the first half of an upload and then stalls. */
async function uploadHalf({ url, token }: Session): Promise<void> {
  const { bytes, type } = new Form().file('file', picture)
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  const head = `POST /api/v1/images HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n`
  socket.write(`${head}content-type: ${type}\r\ncontent-length: ${bytes.length}\r\n\r\n`)
  socket.write(bytes.subarray(0, bytes.length / 2))
}

/** Uploads, renders and replaces without a pause until the process dies. Records the acknowledged images. */
async function work(session: Session, acknowledged: ShownImage[]): Promise<void> {
  for (let round = 0; ; round++) {
    const response = await session.tryUpload(picture).catch(() => undefined)
    if (response?.status !== 201) return
    const image = (await response.json().catch(() => undefined)) as ShownImage | undefined
    if (image === undefined) return
    acknowledged.push(image)
    const operations = [{ op: 'resize', w: 300 + round }]
    const url = await session.sign({ imageId: image.id, operations, format: 'webp' }).catch(() => undefined)
    if (url === undefined) return
    session.get(url).then(
      response => response.arrayBuffer().catch(() => {}),
      () => {},
    )
    if (round % 2 === 0) await replace(session, image.id, replacement).catch(() => {})
  }
}

async function listAll(session: Session): Promise<ShownImage[]> {
  const page = (await (await session.get('/api/v1/images?limit=200')).json()) as { items: ShownImage[] }
  return page.items
}

/** Expects that every visible original, row and derivative is complete. */
async function isWhole(t: Test, session: Session, acknowledged: readonly ShownImage[], data: string) {
  const visible = await listAll(session)
  const ids = new Set(visible.map(image => image.id))
  t.ok(
    acknowledged.every(image => ids.has(image.id)),
    'every acknowledged upload is there',
  )
  for (const image of visible) {
    const original = await bytesOf(await session.get(image.rawUrl))
    t.equal(sha256Of(original), image.sha256, 'the original is whole, and the one that the row describes')
    const url = await session.sign({
      imageId: image.id,
      operations: [{ op: 'resize', w: 300 }],
      format: 'webp',
    })
    t.equal((await sharp(await bytesOf(await session.get(url))).metadata()).width, 300)
  }
  const processed = join(data, 'objects', 'processed')
  // killed before the first one was stored, it leaves no folder
  const found = await readdir(processed, { recursive: true }).catch(() => [])
  const files = found.filter(path => path.endsWith('.webp'))
  const { rows, strays } = await readRows(data)
  const named = new Set([...rows, ...strays].map(row => derivativeKey(row.userId, row.name, row.version)))
  for (const path of files) {
    t.ok(named.has(keyOfPath(`processed/${path}`, 'spread')!), 'a row leads to every derivative in the store')
    const { info } = await sharp(join(processed, path)).raw().toBuffer({ resolveWithObject: true })
    t.ok(info.width >= 300, 'a derivative in the store is whole')
  }
  for (const { userId, name, version, bytes } of rows) {
    const { size } = await stat(join(data, 'objects', pathOfKey(derivativeKey(userId, name, version))))
    t.equal(size, bytes, 'a derivative on record is in the store')
  }
}

interface DerivativeRow {
  userId: string
  name: string
  version: string | null
  bytes: number
}

async function readRows(
  data: string,
): Promise<{ rows: DerivativeRow[]; strays: Omit<DerivativeRow, 'bytes'>[] }> {
  const embedded = await openEmbeddedPostgres({ directory: join(data, 'postgres'), logger })
  const database = openDatabase({ url: embedded.url, logger, maxConnections: 1 })
  const columns = 'user_id as "userId", file_name as name, version'
  // strays first: one of them may become a row in between
  const strays = await database.query<DerivativeRow>(`select ${columns} from stray_derivatives`)
  const rows = await database.query<DerivativeRow>(`select ${columns}, bytes from derivatives`)
  await database.close()
  await embedded.close()
  return { rows, strays }
}

t.test('kill -9 at any instant loses no acknowledged image and exposes no incomplete one', async t => {
  const environment = await newEnvironment(t, {
    DATABASE_URL: '',
    DARKROOM_ADMIN_EMAIL: 'admin@example.com',
    DARKROOM_ADMIN_PASSWORD: 'a password of the admin',
  })
  const data = environment.DARKROOM_DATA_DIR!
  // the embedded Postgres survives a killed service, so the last process that opens it has to stop it
  t.teardown(async () => (await openEmbeddedPostgres({ directory: join(data, 'postgres'), logger })).close())
  const acknowledged: ShownImage[] = []
  for (let round = 0; round < 3; round++) {
    const { session, end } = await serve(t, environment)
    if (round > 0) await isWhole(t, session, acknowledged, data)
    const working = [work(session, acknowledged), work(session, acknowledged), uploadHalf(session)]
    // other requests go on meanwhile, so that the kill hits them at any instant
    const before = acknowledged.length
    await until('two uploads are acknowledged', 20_000, async () => acknowledged.length >= before + 2)
    await setTimeout(Math.random() * 600)
    await end('SIGKILL')
    await Promise.all(working)
  }
  const { session, end } = await serve(t, environment)
  await isWhole(t, session, acknowledged, data)
  t.ok(acknowledged.length > 4, `${acknowledged.length} uploads were acknowledged`)
  await session.upload(picture)
  t.match(await end('SIGTERM'), { code: 0 })
})
