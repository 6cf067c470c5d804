import { build } from '../support/build.ts'
import { complete, putNew } from '../support/direct.ts'
import { importPolicy, startImportSite } from '../support/import-site.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { callJson, read, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'

const picture = await photo(60, 40).png().toBuffer()
const bench = await build(t, {}, importPolicy)
const eve = await bench.join('eve@example.com')
const pathOf = ({ id }: ShownImage) => `/api/v1/images/${id}`
const change = (image: ShownImage, body: unknown, who = bench) => callJson(who, 'PATCH', pathOf(image), body)
const shown = async (image: ShownImage) => read<ShownImage>(await bench.get(pathOf(image)))
const descriptionOf = ({ alt, metadata }: ShownImage) => ({ alt, metadata })
const find = async (query: Record<string, string>, who: Pick<typeof bench, 'get'> = bench) => {
  const answer = await who.get(`/api/v1/images?${new URLSearchParams(query)}`)
  return (await read<{ items: ShownImage[] }>(answer)).items.map(({ id }) => id)
}

const described = {
  alt: 'Ein rotes Boot auf dem Meer',
  metadata: { season: 'winter', place: 'Föhr: Strand', empty: '', constructor: 'built in' },
}

t.test('every way to bring in an image takes alt text and metadata', async t => {
  const bare = await bench.upload(picture)
  t.match(bare, { alt: null, metadata: {} })
  t.strictSame(bare.metadata, {})
  const uploaded = await bench.upload(picture, {
    alt: ` ${described.alt} `,
    metadata: JSON.stringify(described.metadata),
  })
  const { url } = await startImportSite(t, (_request, response) => response.end(picture))
  const imported = await callJson(bench, 'POST', '/api/v1/images/import', { url, ...described })
  const direct = await putNew(bench, picture, described)
  const completed = await complete(bench, direct.id)
  for (const image of [
    uploaded,
    await read<ShownImage>(imported, 201),
    await read<ShownImage>(completed, 201),
  ]) {
    t.strictSame(descriptionOf(image), described)
    t.strictSame(descriptionOf(await shown(image)), described)
  }
  t.equal((await bench.upload(picture, { alt: '' })).alt, '', 'an empty text stays an empty text')
})

t.test('a change of metadata is a merge patch, and null removes the alt text', async t => {
  const image = await bench.upload(picture)
  const steps: [body: object, expected: object][] = [
    [
      { alt: 'A boat', metadata: { a: '1', b: '2' } },
      { alt: 'A boat', metadata: { a: '1', b: '2' } },
    ],
    [{ metadata: { b: null, c: '3', unknown: null } }, { alt: 'A boat', metadata: { a: '1', c: '3' } }],
    [{ alt: '' }, { alt: '', metadata: { a: '1', c: '3' } }],
    [{ alt: null }, { alt: null, metadata: { a: '1', c: '3' } }],
    [{ title: 'Sea' }, { title: 'Sea', metadata: { a: '1', c: '3' } }],
    [{ metadata: {} }, { metadata: { a: '1', c: '3' } }],
    [{ metadata: null }, { metadata: {} }],
  ]
  for (const [body, expected] of steps) {
    const changed = await read<ShownImage>(await change(image, body))
    t.strictSame({ ...changed, ...expected }, changed, JSON.stringify(body))
    t.strictSame(descriptionOf(await shown(image)), descriptionOf(changed))
  }
  const names = Array.from({ length: 12 }, (_, n) => `n${n}`)
  await Promise.all(names.map(async name => read(await change(image, { metadata: { [name]: name } }))))
  t.strictSame(Object.keys((await shown(image)).metadata).sort(), names.sort(), 'none of the changes is lost')
})

t.test('alt text and metadata out of bounds are refused with the name of the field', async t => {
  const image = await bench.upload(picture, { alt: 'kept', metadata: '{"kept":"yes"}' })
  const full = Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`n${n}`, 'x']))
  const cases: [body: object, detail: RegExp][] = [
    [{ alt: 'x'.repeat(1001) }, /^alt: is too long/],
    [{ alt: 'a\nb' }, /^alt: .*control characters/],
    [{ alt: 'a\u0000b' }, /^alt: .*control characters/],
    [{ alt: '\ud800' }, /^alt: /],
    [{ alt: { a: 1 } }, /alt/],
    [{ metadata: { a: 'x'.repeat(1001) } }, /^metadata\.a: is too long/],
    [{ metadata: { a: 'b\u0007' } }, /^metadata\.a: .*control characters/],
    [{ metadata: { a: '\udfff' } }, /^metadata\.a: /],
    [{ metadata: { a: { b: 'c' } } }, /metadata/],
    [{ metadata: 'text' }, /metadata/],
    [{ metadata: full }, /^metadata: has too many names/],
    [
      { metadata: Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`n${n}`, 'x'.repeat(950)])) },
      /^metadata: names and values have \d+ bytes/,
    ],
    ...['A', '1a', '', 'a b', 'ä', 'x'.repeat(65), '_a'].map((name): [object, RegExp] => [
      { metadata: { [name]: 'x' } },
      /^metadata: ".*" is not a name/,
    ]),
  ]
  for (const [body, detail] of cases) {
    const name = JSON.stringify(body).slice(0, 80)
    t.match(await isProblemResponse(t, await change(image, body), 'bad-request', name), detail, name)
  }
  t.match(await shown(image), { alt: 'kept', metadata: { kept: 'yes' } })
  t.equal(
    (await change(image, { metadata: { kept: null, ...full } })).status,
    200,
    'the bounds hold after the merge',
  )

  for (const [field, value] of [
    ['metadata', '[]'],
    ['metadata', '{"a":1}'],
    ['metadata', '{"a":null}'],
    ['metadata', 'season=winter'],
    ['metadata', '{"__proto__":"x"}'],
    ['alt', 'x'.repeat(1001)],
  ] as const) {
    const form = new FormData()
    form.append(field, value)
    form.append('file', new Blob([picture]), 'a.png')
    const answer = await bench.get('/api/v1/images', { method: 'POST', body: form })
    t.match(await isProblemResponse(t, answer, 'bad-request', value), new RegExp(`^${field}`), value)
  }
})

t.test('alt text and metadata are searched, by their user only', async t => {
  const image = await bench.upload(picture, {
    alt: 'Ein Leuchtturm',
    metadata: '{"season":"Später Winter","sku":"A:7%"}',
  })
  const same = await eve.upload(picture, { alt: 'Ein Leuchtturm', metadata: '{"sku":"A:7%"}' })
  const cases: [query: Record<string, string>, found: boolean][] = [
    [{ q: 'LEUCHT' }, true],
    [{ q: 'später w' }, true],
    [{ q: '7%' }, true],
    [{ q: 'sku' }, false],
    [{ q: 'turmsp' }, false],
    [{ metadata: 'sku:A:7%' }, true],
    [{ metadata: 'sku:a:7%' }, false],
    [{ metadata: 'sku:A:7' }, false],
    [{ metadata: 'season:A:7%' }, false],
    [{ metadata: 'season:Später Winter', q: 'leucht', format: 'png' }, true],
    [{ metadata: 'season:Später Winter', format: 'jpg' }, false],
  ]
  for (const [query, isFound] of cases)
    t.strictSame(await find(query), isFound ? [image.id] : [], JSON.stringify(query))
  t.strictSame(await find({ metadata: 'sku:A:7%' }, eve), [same.id])
  t.strictSame(await find({ metadata: 'season:Später Winter' }, eve), [])

  await read(await change(image, { alt: 'Eine Mole', metadata: { sku: 'B', season: null } }))
  t.strictSame(await find({ q: 'leuchtturm' }), [], 'the old text is no longer found')
  t.strictSame(await find({ metadata: 'sku:A:7%' }), [])
  t.strictSame(await find({ q: 'mole' }), [image.id])
  t.strictSame(await find({ metadata: 'sku:B' }), [image.id])
  await bench.get(pathOf(image), { method: 'DELETE' })
  t.strictSame(await find({ metadata: 'sku:B' }), [])
  t.strictSame(await find({ metadata: 'sku:B', deleted: 'true' }), [image.id])
  for (const metadata of ['sku', 'SKU:B', ':B', 'sku:\u0000', `sku:${'x'.repeat(1100)}`]) {
    const answer = await bench.get(`/api/v1/images?${new URLSearchParams({ metadata })}`)
    t.match(await isProblemResponse(t, answer, 'bad-request', metadata), /metadata/)
  }
})

t.test('another user cannot change the description', async t => {
  const image = await bench.upload(picture)
  const answer = await callJson(eve, 'PATCH', pathOf(image), { alt: 'mine', metadata: { a: 'b' } })
  await isProblemResponse(t, answer, 'not-found')
  t.match(await shown(image), { alt: null, metadata: {} })
})
