import { type Bench, build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read, type Session, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'

const picture = await photo(60, 40).png().toBuffer()

async function named(bench: Bench, name: string): Promise<ShownImage> {
  return read<ShownImage>(await bench.tryUpload(picture, name), 201)
}

async function search(session: Session, q: string, more = ''): Promise<string[]> {
  const response = await session.get(`/api/v1/images?q=${encodeURIComponent(q)}${more}`)
  return (await read<{ items: ShownImage[] }>(response)).items.map(({ id }) => id)
}

t.test('search finds images by part of title, file name or tag', async t => {
  const bench = await build(t)
  const sea = await bench.upload(picture, { title: 'Ärger am Meer', tags: 'holiday,50%' })
  const file = await named(bench, 'IMG_2041-Föhr.jpeg')
  t.equal(sea.fileName, 'picture.jpg')
  t.equal(file.fileName, 'IMG_2041-Föhr.jpeg')
  const cases: [q: string, found: ShownImage[]][] = [
    ['meer', [sea]],
    ['ÄRGER', [sea]],
    ['holi', [sea]],
    ['0%', [sea]],
    ['img_2041', [file]],
    ['FÖHR', [file]],
    ['2', [file]],
    ['.jp', [file, sea]],
    ['', [file, sea]],
    ['%', [sea]],
    ['\\', []],
    ['meerholiday', []],
    ['nothing', []],
  ]
  for (const [q, found] of cases)
    t.strictSame((await search(bench, q)).sort(), found.map(({ id }) => id).sort(), JSON.stringify(q))
  await read(await callJson(bench, 'PATCH', `/api/v1/images/${sea.id}`, { title: 'Berge', tags: ['alps'] }))
  t.strictSame(await search(bench, 'meer'), [], 'the old title is no longer found')
  t.strictSame(await search(bench, 'berg'), [sea.id])
  t.strictSame(await search(bench, 'ALPS'), [sea.id])

  const other = await bench.join('other@example.com')
  t.strictSame(await search(other, 'berg'), [], 'other users do not find it')
  await bench.get(`/api/v1/images/${sea.id}`, { method: 'DELETE' })
  t.strictSame(await search(bench, 'berg'), [])
  t.strictSame(await search(bench, 'berg', '&deleted=true'), [sea.id])
  for (const query of [`q=${'x'.repeat(201)}`, 'q=meer%0Apicture', 'q=%00', 'tag=%00'])
    await isProblemResponse(t, await bench.get(`/api/v1/images?${query}`), 'bad-request', query)
})

t.test('a stored file name has no directories, no control characters and at most 200 characters', async t => {
  const bench = await build(t)
  const cases: [name: string, kept: string | null][] = [
    ['../../etc/passwd.png', 'passwd.png'],
    ['C:\\Users\\me\\a b.png', 'a b.png'],
    ['invoice\u202egnp.exe', 'invoicegnp.exe'],
    [`${'x'.repeat(300)}.png`, 'x'.repeat(200)],
    ['folder/', null],
  ]
  for (const [name, kept] of cases) t.equal((await named(bench, name)).fileName, kept, name)
})

t.test('search uses the indexes of texts and metadata', async t => {
  const { app, userId } = await build(t)
  const { database } = app
  // in parts, each of which ends before the time-out of a statement
  for (let from = 1; from < 12_000; from += 3_000)
    await database.query(
      `insert into images (id, user_id, state, title, tags, extension, format, width, height, pages, bytes, sha256, alt,
         metadata)
       select 'drawn' || n, $1, 'ready', md5(n::text), '{}', 'png', 'png', 1, 1, 1, n, md5(n::text),
         case when n % 100 = 0 then md5(n::text) end,
         case when n % 100 = 0 then jsonb_build_object('sku', n::text, 'all', 'same') end
       from generate_series($2::int, $2 + 2999) as n`,
      [userId, from],
    )
  await database.query('vacuum analyze images')
  const planOf = async (condition: string) => {
    const plan = await database.transaction(async transaction => {
      await transaction.query('set local enable_seqscan = off')
      return transaction.query<{ 'QUERY PLAN': string }>(
        `explain select id from images where user_id = $1 and state = 'ready' and ${condition}
         order by created_at desc, id desc limit 51`,
        [userId],
      )
    })
    return plan.map(row => row['QUERY PLAN']).join('\n')
  }
  const text = await planOf(`(search_text like lower('%Meer%') or described_text like lower('%Meer%'))`)
  t.match(text, /images_by_words/)
  t.match(text, /images_by_description/)
  t.match(
    await planOf(`metadata_terms @> array[images_metadata_term($1, 'sku', '700')]`),
    /images_by_metadata/,
  )
  t.match(await planOf(`tags @> array['rare']`), /images_by_words/)
  t.match(await planOf(`format = 'gif'`), /images_by_format/)
})

t.test('lists of a user hold up neither other requests nor the lists of another user', async t => {
  const bench = await build(t)
  const neighbour = await bench.join('neighbour@example.com')
  const { id } = await bench.upload(picture, { tags: 'blue' })
  const url = await bench.sign({ imageId: id, format: 'png' })
  await bytesOf(await bench.get(url))
  await bench.app.delivery.derivativeWriter.idle()
  bench.app.cache.evict([`processed/${bench.userId}/${id}`])
  const listTags = () => bench.get('/api/v1/images/tags')
  const order = (selection: object) => callJson(bench, 'POST', '/api/v1/images/downloads', selection)
  // short, because what needs the locked table has to end before its time-out
  const { running, others } = await bench.app.database.transaction(async transaction => {
    await transaction.query('lock table image_tag_counts in access exclusive mode')
    // one or two run, ten wait, and the rest is refused
    const running = Array.from({ length: 13 }, listTags)
    const refused = await Promise.race(running)
    t.equal(refused.headers.get('retry-after'), '2')
    await isProblemResponse(t, refused, 'too-many-requests')
    const others = await Promise.all([
      order({ filter: { folder: 'blue' } }),
      order({ ids: [id] }),
      bench.get(`/api/v1/images/${id}`),
      bench.get(url),
      neighbour.get('/api/v1/images'),
    ])
    return { running, others }
  })
  t.strictSame(
    others.map(({ status }) => status),
    [429, 201, 200, 200, 200],
    'only the archive of a filter waits like a list',
  )
  const statuses = (await Promise.all(running)).map(({ status }) => status)
  t.ok(statuses.filter(status => status === 200).length >= 2, `${statuses}`)
  const unexpected = statuses.filter(status => ![200, 429, 504].includes(status))
  t.strictSame(unexpected, [], 'a list is answered, refused or too slow')
  await read(await listTags())
})
