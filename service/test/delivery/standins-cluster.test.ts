import { buildCluster } from '../support/cluster.ts'
import { photo } from '../support/pictures.ts'
import { sharedNats } from '../support/services/nats.ts'
import { bytesOf } from '../support/session.ts'
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
