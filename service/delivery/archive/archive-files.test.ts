import t from '../../test/support/tap.ts'
import type { Deliver } from '../deliver.ts'
import { type FindArchiveGrant, openPresets } from './archive-files.ts'

t.test('a derivative is passed on in slices, so that others get their turn between them', async t => {
  const data = Buffer.alloc(150_000, 'abc')
  const deliver = (async () => ({ kind: 'derivative', format: 'png', derivative: { data } })) as unknown
  const image = { id: 'one', title: '', fileName: null, extension: 'png', bytes: 1, createdAt: new Date() }
  const findGrant = (async () => ({ userId: 'u' })) as unknown as FindArchiveGrant
  const open = openPresets(deliver as Deliver, findGrant, {
    preset: 'p',
    format: 'png',
  })
  const { bytes, content } = await open(image, new AbortController().signal)
  const slices: Uint8Array[] = []
  for await (const slice of content) slices.push(slice)
  t.equal(bytes, data.length)
  t.strictSame(
    slices.map(({ length }) => length),
    [65_536, 65_536, 18_928],
  )
  t.ok(Buffer.concat(slices).equals(data))
})
