import type { ErrorCode } from '../../errors/catalogue.ts'
import type { Kind, Names } from './tenancy-names.ts'

/** A request that refers to given resources. */
export interface Sent {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly form?: FormData
}

export interface Case {
  readonly send: (names: Names) => Sent
  /**
   * The error for another user's resource of a kind, unless it is `not-found`; `nothing` when the request succeeds
   * without an effect.
   */
  readonly foreign?: Partial<Record<Kind, ErrorCode | 'nothing'>>
  /** The error for the owner, unless the request succeeds. */
  readonly own?: ErrorCode
  /** Runs after the other cases, because it changes their users or resources; a larger number runs later. */
  readonly late?: number
  /** Administrators may send this request for the resources of every user. */
  readonly forAdministrators?: true
}

/** Routes without authentication: their input names no resource or is signed. */
export const open: readonly string[] = [
  'POST /api/v1/auth/login',
  'POST /api/v1/auth/logout',
  'POST /api/v1/auth/refresh',
  'GET /api/v1/openapi.json',
  'GET /api/v1/docs',
  'GET /api/v1/docs.css',
  // authorized by a URL that is signed for one upload
  'PUT /api/v1/images/direct/:id/content',
  'OPTIONS /api/v1/images/direct/:id/content',
  // authorized by a secret of one download
  'GET /api/v1/images/downloads',
]

/** Fields of queries and bodies that refer to a user's resources, and those that do not. */
export const referringFields = new Set(
  'imageId ids tag folder parent prefix preset presets policy path operations fallback userId q'.split(' '),
)
export const otherFields = new Set(
  `limit cursor sort format deleted purge distance from to by title tags focal x y action transforms op all url events
  name scopes expiresAt state email password role presetsOnly originals disabled limits reason sha256 accept expiresIn formats
  maxWidth maxHeight maxSteps min max values eager current next bytes fileName alt metadata rejectTruncated download filter subject kind images reference`.split(
    /\s+/,
  ),
)

const bare: Case = { send: () => ({}) }
const image: Case = { send: names => ({ params: { id: names.image } }) }
const directUpload: Case = { send: names => ({ params: { id: names.directUpload } }) }
const preset: Case = { send: names => ({ params: { name: names.preset } }) }
const policy: Case = { send: names => ({ params: { name: names.policy } }) }
const webhook: Case = { send: names => ({ params: { id: names.webhook } }) }
const user: Case = { send: names => ({ params: { id: names.user } }) }
const userPreset: Case = { send: names => ({ params: { id: names.user, name: names.preset } }) }
const body = (send: (names: Names) => unknown, more: Partial<Case> = {}): Case => ({
  ...more,
  send: names => ({ body: send(names) }),
})
const withBody = (one: Case, body: unknown): Case => ({ send: names => ({ ...one.send(names), body }) })
const query = (send: (names: Names) => Record<string, string>, more: Partial<Case>): Case => ({
  ...more,
  send: names => ({ query: send(names) }),
})

const overlaid = ({ user, image, overlaid }: Names) => `/processed/${user}/${image}_overlay_i-${overlaid}.png`
const byPreset = ({ user, image, preset }: Names) => `/processed/${user}/${image}_preset_n-${preset}.png`
const original = ({ user, image }: Names) => `/raw/${user}/${image}-orig.png`
const overlays = (names: Names) => [{ op: 'overlay', i: names.overlaid }]
/** An unknown preset is an error in the URL, like an unknown operation. */
const inUrl = { preset: 'bad-url' } as const
/** A batch reports an unknown resource as an error in its body. */
const inBatch = { user: 'bad-request', image: 'bad-request', overlaid: 'bad-request' } as const

/** A form that uploads the file. */
export const formOf = (file: Buffer) => {
  const form = new FormData()
  form.append('file', new Blob([file]), 'picture.png')
  return form
}

/** The requests to make to every route below `/api/v1`. */
export const cases = (file: Buffer): Readonly<Record<string, readonly Case[]>> => ({
  'GET /api/v1/api-keys': [bare],
  'POST /api/v1/api-keys': [body(() => ({ name: 'made', scopes: ['keys'] }))],
  'DELETE /api/v1/api-keys/:id': [{ send: names => ({ params: { id: names.apiKey } }) }],
  'GET /api/v1/audit': [
    bare,
    query(names => ({ userId: names.user, action: 'user' }), { foreign: { user: 'nothing' } }),
  ],
  'POST /api/v1/auth/logout-everywhere': [{ ...bare, late: 2 }],
  'GET /api/v1/images': [
    bare,
    query(names => ({ q: names.title }), { foreign: { title: 'nothing' } }),
    query(names => ({ metadata: `named:${names.title}` }), { foreign: { title: 'nothing' } }),
    query(names => ({ tag: names.tag }), { foreign: { tag: 'nothing' } }),
    query(names => ({ ids: names.image }), { foreign: { image: 'nothing' } }),
    query(names => ({ folder: names.tag }), { foreign: { tag: 'nothing' } }),
    { send: () => ({ query: { deleted: 'true' } }) },
  ],
  'GET /api/v1/images/tags': [
    bare,
    query(names => ({ q: names.title }), { foreign: { title: 'nothing' } }),
    query(names => ({ tag: names.tag }), { foreign: { tag: 'nothing' } }),
    query(names => ({ folder: names.tag }), { foreign: { tag: 'nothing' } }),
    query(names => ({ prefix: names.tag }), { foreign: { tag: 'nothing' } }),
    query(names => ({ ids: names.image }), { foreign: { image: 'nothing' } }),
  ],
  'GET /api/v1/images/folders': [
    bare,
    query(names => ({ parent: names.tag }), { foreign: { tag: 'nothing' } }),
  ],
  'POST /api/v1/images': [{ send: () => ({ form: formOf(file) }) }],
  'POST /api/v1/images/bulk': [
    body(names => ({ ids: [names.image], action: 'delete' }), { foreign: { image: 'nothing' } }),
    body(names => ({ ids: [names.deleted], action: 'restore' }), { foreign: { deleted: 'nothing' } }),
    body(names => ({ ids: [names.image], action: 'tag', tags: ['a'] }), { foreign: { image: 'nothing' } }),
  ],
  'POST /api/v1/images/direct': [body(() => ({ bytes: 1, sha256: '0'.repeat(64), fileName: 'a.png' }))],
  'DELETE /api/v1/images/direct/:id': [directUpload],
  'POST /api/v1/images/direct/:id/complete': [directUpload],
  'POST /api/v1/images/import': [body(() => ({ url: 'http://127.0.0.2/a.png' }), { own: 'not-fetched' })],
  'POST /api/v1/images/imports': [body(() => ({ images: [{ url: 'http://127.0.0.2/a.png' }] }))],
  'GET /api/v1/images/imports/:id': [
    { send: names => ({ params: { id: names.import } }), forAdministrators: true },
  ],
  'POST /api/v1/images/downloads': [
    body(names => ({ ids: [names.image] })),
    body(names => ({ filter: { q: names.title } })),
    body(names => ({ filter: { tag: names.tag } })),
    body(names => ({ filter: { folder: names.tag } })),
    {
      send: names => ({ body: { ids: [names.image], preset: names.preset } }),
    },
  ],
  'GET /api/v1/images/:id': [image],
  'PATCH /api/v1/images/:id': [
    withBody(image, { title: 'changed', focal: { x: 0, y: 0 } }),
    withBody(image, { alt: 'changed', metadata: { changed: 'yes' } }),
  ],
  'DELETE /api/v1/images/:id': [
    image,
    { send: names => ({ params: { id: names.image }, query: { purge: 'true' } }) },
    { send: names => ({ params: { id: names.deleted }, query: { purge: 'true' } }) },
  ],
  'PUT /api/v1/images/:id/original': [{ send: names => ({ ...image.send(names), form: formOf(file) }) }],
  'GET /api/v1/images/:id/derivatives': [image],
  'GET /api/v1/images/:id/duplicates': [image],
  'GET /api/v1/images/:id/neighbours': [
    {
      send: names => ({ ...image.send(names), query: { q: names.title, tag: names.tag } }),
      foreign: { title: 'nothing', tag: 'nothing' },
    },
    { send: names => ({ ...image.send(names), query: { folder: names.tag } }), foreign: { tag: 'nothing' } },
  ],
  'GET /api/v1/images/:id/eager': [image],
  'POST /api/v1/images/:id/eager': [
    {
      send: names => ({ ...image.send(names), body: { presets: [names.preset] } }),
    },
    {
      send: names => ({
        ...image.send(names),
        body: { transforms: [{ operations: overlays(names), format: 'png' }] },
      }),
      foreign: { overlaid: 'bad-request' },
    },
  ],
  'POST /api/v1/images/:id/purge': [image],
  'POST /api/v1/images/:id/restore': [{ send: names => ({ params: { id: names.deleted } }) }],
  'POST /api/v1/explain': [
    body(names => ({ path: overlaid(names), policy: names.policy })),
    body(names => ({ path: `${overlaid(names)}?p=${names.policy}` })),
    body(names => ({ path: byPreset(names) }), { foreign: inUrl }),
  ],
  'GET /api/v1/jobs': [{ ...bare, forAdministrators: true }],
  'GET /api/v1/jobs/tasks': [
    { ...bare, forAdministrators: true },
    query(names => ({ userId: names.user }), { forAdministrators: true }),
  ],
  'POST /api/v1/jobs/:id/retry': [
    { send: names => ({ params: { id: names.job } }), forAdministrators: true },
  ],
  'POST /api/v1/jobs/:id/cancel': [
    { send: names => ({ params: { id: names.task } }), forAdministrators: true },
  ],
  'GET /api/v1/me': [bare],
  'GET /api/v1/me/holdings': [bare],
  'PATCH /api/v1/me': [body(names => ({ fallback: { imageId: names.image } }))],
  'POST /api/v1/me/password': [
    body(() => ({ current: 'not the password', next: 'another password' }), { own: 'forbidden' }),
  ],
  'GET /api/v1/operations': [bare],
  'GET /api/v1/policies': [bare],
  'GET /api/v1/policies/:name': [policy],
  'PUT /api/v1/policies/:name': [
    { ...withBody(policy, { operations: ['flip'] }), late: 1, foreign: { policy: 'nothing' } },
    {
      send: names => ({
        params: { name: names.policy },
        body: { operations: { overlay: { i: [names.overlaid] } }, presets: [names.preset] },
      }),
      late: 1,
      foreign: { policy: 'nothing', overlaid: 'nothing', preset: 'nothing' },
    },
  ],
  'DELETE /api/v1/policies/:name': [policy],
  'GET /api/v1/presets': [bare],
  'GET /api/v1/presets/:name': [preset],
  'PUT /api/v1/presets/:name': [
    { ...withBody(preset, { operations: 'negate' }), late: 1, foreign: { preset: 'nothing' } },
    {
      send: names => ({
        params: { name: names.preset },
        body: { operations: `overlay_i-${names.overlaid}`, eager: false },
      }),
      late: 1,
      foreign: { preset: 'nothing', overlaid: 'nothing' },
    },
  ],
  'DELETE /api/v1/presets/:name': [preset],
  'POST /api/v1/purge': [
    body(names => ({ imageId: names.image })),
    body(names => ({ tag: names.tag }), { foreign: { tag: 'nothing' } }),
    body(names => ({ preset: names.preset }), { foreign: { preset: 'nothing' } }),
    body(() => ({ all: true })),
  ],
  'POST /api/v1/sign': [
    body(names => ({ path: overlaid(names), policy: names.policy })),
    body(names => ({ path: byPreset(names) }), { foreign: inUrl }),
    body(names => ({ path: original(names) })),
    body(names => ({ imageId: names.image, operations: overlays(names), policy: names.policy })),
  ],
  'POST /api/v1/sign/batch': [
    body(names => [{ path: overlaid(names), policy: names.policy }], {
      foreign: { ...inBatch, policy: 'bad-request' },
    }),
    body(names => [{ imageId: names.image, operations: overlays(names) }, { path: byPreset(names) }], {
      foreign: { ...inBatch, preset: 'bad-request' },
    }),
  ],
  'GET /api/v1/signing-keys': [bare],
  'POST /api/v1/signing-keys': [bare],
  'PATCH /api/v1/signing-keys/:id': [
    { send: names => ({ params: { id: names.signingKey }, body: { state: 'revoked' } }) },
  ],
  'GET /api/v1/takedowns': [bare],
  'POST /api/v1/takedowns': [body(names => ({ imageId: names.image, reason: 'because' }))],
  'DELETE /api/v1/takedowns/:sha256': [{ send: names => ({ params: { sha256: names.image } }) }],
  'GET /api/v1/usage': [
    bare,
    { send: () => ({ query: { by: 'image' } }) },
    query(names => ({ userId: names.user }), { forAdministrators: true }),
  ],
  'GET /api/v1/users': [bare],
  'POST /api/v1/users': [body(() => ({ email: 'made@example.com', password: 'a long password' }))],
  'GET /api/v1/users/:id': [user],
  'PATCH /api/v1/users/:id': [withBody(user, { disabled: true })],
  'DELETE /api/v1/users/:id': [user],
  'GET /api/v1/users/:id/holdings': [user],
  'POST /api/v1/users/:id/password': [withBody(user, { password: 'another password' })],
  'GET /api/v1/users/:id/presets': [user],
  'GET /api/v1/users/:id/presets/:name': [userPreset],
  'PUT /api/v1/users/:id/presets/:name': [
    {
      send: names => ({
        ...userPreset.send(names),
        body: { operations: `overlay_i-${names.overlaid}` },
      }),
      foreign: { overlaid: 'nothing' },
    },
  ],
  'DELETE /api/v1/users/:id/presets/:name': [userPreset],
  'GET /api/v1/webhooks': [bare],
  'POST /api/v1/webhooks': [body(() => ({ url: 'https://example.com', events: ['quota.near'] }))],
  'GET /api/v1/webhooks/:id': [webhook],
  'PATCH /api/v1/webhooks/:id': [withBody(webhook, { events: ['quota.near'] })],
  'DELETE /api/v1/webhooks/:id': [webhook],
  'GET /api/v1/webhooks/:id/deliveries': [webhook],
  'POST /api/v1/webhooks/:id/test': [webhook],
  'POST /api/v1/webhooks/:id/deliveries/:deliveryId/redeliver': [
    { send: names => ({ params: { id: names.webhook, deliveryId: names.delivery } }) },
  ],
})
