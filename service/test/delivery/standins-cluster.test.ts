import { buildCluster } from '../support/cluster.ts'
import { waitForFinals } from '../support/finals.ts'
import { photo } from '../support/pictures.ts'
import { sharedNats } from '../support/services/nats.ts'
import { bytesOf, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const server = await sharedNats()
t.teardown(() => server?.stop())
const skip = server ? false : 'there is no NATS server'

t.test('a worker finishes a stand-in, and every process serves the final derivative', { skip }, async t => {
  const cluster = await buildCluster(t, server!.url)
  const [one, two] = [await cluster.http(), await cluster.http()]
  const session = await cluster.session(one)
  const { id } = await session.upload(await photo(640, 480).png().toBuffer())
  const signed = new URL(
    await session.sign({ imageId: id, operations: [{ op: 'resize', w: 500 }], format: 'avif' }),
  )
  const path = signed.pathname + signed.search
  const request = async ({ url }: { url: string }) => {
    const response = await fetch(url + path)
    const data = await bytesOf(response)
    return { variant: response.headers.get('darkroom-variant'), data }
  }
  const first = await request(one)
  t.equal(first.variant, 'standin')
  await until('the other process serves it from the store', 10_000, async () => {
    const { data, variant } = await request(two)
    return variant === 'standin' && data.equals(first.data)
  })
  t.equal((await request(one)).variant, 'standin', 'no worker runs that could finish it')

  await cluster.worker()
  const finals = [one, two].map(async member => {
    let last = await request(member)
    await until('the stand-in is finished', 60_000, async () => {
      last = await request(member)
      return last.variant === 'final'
    })
    return last.data
  })
  const [here, there] = await Promise.all(finals)
  t.ok(here!.equals(there!), 'both processes serve the same bytes')
  t.ok(here!.length < first.data.length)
})

t.test('workers make the finals that are requested most before others', { skip }, async t => {
  const cluster = await buildCluster(t, server!.url)
  const http = await cluster.http()
  const session = await cluster.session(http)
  const { id } = await session.upload(await photo(640, 480).png().toBuffer())
  const request = async (width: number, times: number) => {
    const operations = [{ op: 'resize', w: width }]
    const url = await session.sign({ imageId: id, operations, format: 'avif' })
    for (let time = 1; time <= times; time++) await bytesOf(await session.get(url))
  }
  // four jobs wait in NATS, and all others are ordered by demand
  for (const width of [200, 204, 208, 212]) await request(width, 2)
  await until('the queue has four jobs', 10_000, async () => {
    const { waiting } = await read<{ waiting: Record<string, number> }>(await session.get('/api/v1/jobs'))
    return waiting.finish === 4
  })
  await request(216, 2)
  await request(220, 4)
  await request(224, 3)
  await until('they are stored', 10_000, async () => {
    const rows = await cluster.database.query('select from derivatives where image_id = $1', [id])
    return rows.length === 7
  })
  await cluster.worker()
  const finished = await waitForFinals(cluster.database, id, 7)
  t.strictSame(finished.slice(4), [220, 224, 216])
})
