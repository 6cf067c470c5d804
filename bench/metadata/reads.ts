import { targets } from '../settings.ts'
import { call, nextImage, type Operation, type Site } from './operations.ts'

const { read: budget, holdings, tags } = targets.metadata
/** Position in a list that a user reaches by paging, as a share of the list. */
const deep = 0.8

/** A request without side effects, the second of two: the first fills caches. */
const read = (
  name: string,
  path: string | ((site: Site) => string | Promise<string>),
  who: 'large' | 'admin' = 'large',
): Operation => ({
  name,
  budget,
  prepare: async site => {
    const url = typeof path === 'string' ? path : await path(site)
    const work = () => call(site[who], 'GET', url)
    await work()
    return work
  },
})

const lists = [
  ['first page', ''],
  ['by title', 'sort=title'],
  ['by size', 'sort=-bytes'],
  ['oldest first', 'sort=createdAt'],
  ['a common format', 'format=jpg'],
  ['a rare format', 'format=heic'],
  ['a format that the user does not have', 'format=pdf'],
  ['a common tag', 'tag=lamp'],
  ['a tag of few images', 'tag=campaign'],
  ['an unknown tag', 'tag=nothing'],
  ['a folder', 'folder=shop'],
  ['a folder below it', 'folder=shop/2022'],
  ['a value of the metadata', 'metadata=season:summer'],
  ['one image of the metadata', 'metadata=sku:S40'],
  ['deleted', 'deleted=true'],
  ['search of a frequent word', 'q=harbour'],
  ['search of a file name', 'q=IMG_00000040'],
  ['search of nothing', 'q=zzzzqqq'],
  ['search of two letters', 'q=qx'],
  ['search of a percent sign', 'q=%25'],
  ['search of two letters in a rare format', 'q=ar&format=heic'],
] as const

/** A cursor as the service makes it, at a share of the user's images in an order. */
async function cursorAt({ client, largeUser }: Site, sort: string, column: string, share: number) {
  const { rows } = await client.query<{ value: number | string; id: string }>(
    `select ${column} as value, id from images where user_id = $1 and state = 'ready'
     order by 1, 2 offset (select floor(count(*) * $2::float8) from images where user_id = $1 and state = 'ready') limit 1`,
    [largeUser, share],
  )
  const position = JSON.stringify({ sort, value: rows[0]?.value, id: rows[0]?.id })
  return Buffer.from(position).toString('base64url')
}

/** The path of a page that is found by following cursors. */
const pageAt = (path: string, who: 'large' | 'admin', pages: number) => async (site: Site) => {
  let cursor = ''
  for (let page = 0; page < pages; page++) {
    const { nextCursor } = await call(site[who], 'GET', `${path}${cursor}`)
    if (nextCursor !== null) cursor = `?cursor=${nextCursor}`
  }
  return `${path}${cursor}`
}

const created = `(extract(epoch from created_at) * 1000)::float8`

/** Every route that only reads. */
export const reads: readonly Operation[] = [
  ...lists.map(([name, query]) => read(`list: ${name}`, `images?limit=50&${query}`)),
  ...([0.5, deep] as const).map(share =>
    read(`list: page at ${share * 100} %`, async site => {
      return `images?limit=50&sort=createdAt&cursor=${await cursorAt(site, 'createdAt', created, share)}`
    }),
  ),
  read('list: page at 80 % by size', async site => {
    return `images?limit=50&sort=bytes&cursor=${await cursorAt(site, 'bytes', 'bytes::float8', deep)}`
  }),
  read('image', site => `images/${nextImage(site)}`),
  read('neighbours', site => `images/${nextImage(site)}/neighbours`),
  read('neighbours in a search', site => `images/${nextImage(site)}/neighbours?q=harbour`),
  read('neighbours in a format', site => `images/${nextImage(site)}/neighbours?format=heic`),
  read('derivatives of an image', site => `images/${nextImage(site)}/derivatives`),
  read('duplicates of an image', site => `images/${nextImage(site)}/duplicates`),
  read('eager derivatives of an image', site => `images/${nextImage(site)}/eager`),
  read('tags', 'images/tags'),
  read('tags with a prefix', 'images/tags?prefix=ba'),
  { ...read('tags of a search', 'images/tags?q=harbour'), budget: tags },
  read('tags of a format', 'images/tags?format=heic'),
  read('folders', 'images/folders'),
  read('folders below one', 'images/folders?parent=shop'),
  read('me', 'me'),
  { ...read('own holdings', 'me/holdings'), budget: holdings },
  {
    ...read('holdings of a user', ({ largeUser }) => `users/${largeUser}/holdings`, 'admin'),
    budget: holdings,
  },
  read('users', 'users', 'admin'),
  read('users, in the middle', pageAt('users', 'admin', 3), 'admin'),
  read('a user', ({ largeUser }) => `users/${largeUser}`, 'admin'),
  read('jobs', 'jobs'),
  read('jobs, ten pages on', pageAt('jobs', 'large', 10)),
  read('jobs of all users', 'jobs', 'admin'),
  read('usage by day', 'usage'),
  read('usage by image', 'usage?by=image'),
  read('usage by transform', 'usage?by=transform'),
  read('usage by code', 'usage?by=code'),
  read('usage of a user', ({ largeUser }) => `usage?by=image&userId=${largeUser}`, 'admin'),
  read('audit', 'audit', 'admin'),
  read('audit, ten pages on', pageAt('audit', 'admin', 10), 'admin'),
  read('audit of an action', 'audit?action=image.delete', 'admin'),
  read('audit of a rare action', 'audit?action=key.create', 'admin'),
  read('audit of a user', ({ largeUser }) => `audit?userId=${largeUser}`, 'admin'),
  read('audit of a subject', site => `audit?subject=${nextImage(site)}`, 'admin'),
  read('audit of a range', 'audit?from=2020-01-01&to=2020-02-01', 'admin'),
  read('takedowns', 'takedowns', 'admin'),
  read('API keys', 'api-keys'),
  read('signing keys', 'signing-keys'),
  read('presets', 'presets'),
  read('policies', 'policies'),
  read('webhooks', 'webhooks'),
  {
    ...read('deliveries of a webhook', ''),
    prepare: async ({ large, client, largeUser }) => {
      const { rows } = await client.query<{ id: string }>('select id from webhooks where user_id = $1', [
        largeUser,
      ])
      return () => call(large, 'GET', `webhooks/${rows[0]?.id}/deliveries`)
    },
  },
]
