import { execFile } from 'node:child_process'
import { access, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { findCommand } from '../../commands/command.ts'
import { readConfig } from '../../config.ts'
import { parseMasterKey } from '../../metadata/config.ts'
import { parseNatsUrl } from '../../queue/config.ts'
import { parseStorageUrl } from '../../storage/config.ts'
import {
  type ComposeService,
  environmentOf,
  filled,
  imageEnvironment,
  jsonOf,
  read,
  readCompose,
  readDockerfile,
  root,
  variablesOf,
} from '../support/containers.ts'
import { findObstacle } from '../support/services/debian.ts'
import { natsProgram } from '../support/services/nats-server.ts'
import { temporaryFolder } from '../support/services/postgres.ts'
import t from '../support/tap.ts'

// Some checks would need a Docker daemon and are not made: that the image builds, that the other images and their tags
// exist, and that the containers reach each other.

const compose = await readCompose()
const instructions = await readDockerfile()
const example = await read('config/compose.env.example')
const ours = Object.entries(compose.services).filter(([, { build }]) => build !== undefined)
/** The variables that a user sets in `.env`. */
const given = {
  DARKROOM_PUBLIC_URL: 'https://img.example.org',
  DARKROOM_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  DARKROOM_JWT_SECRET: 'x'.repeat(64),
  POSTGRES_PASSWORD: 'p0'.repeat(24),
  NATS_PASSWORD: 'a1'.repeat(24),
  S3_SECRET_KEY: 'b2'.repeat(24),
}
const exists = (path: string) =>
  access(join(root, path)).then(
    () => true,
    () => false,
  )

t.test('compose.yaml defines the whole cluster, and every file that it names exists', async t => {
  t.strictSame(Object.keys(compose.services).sort(), [
    'grafana',
    'http-1',
    'http-2',
    'nats',
    'nginx',
    'postgres',
    'prometheus',
    's3',
    'worker-1',
    'worker-2',
  ])
  for (const [name, service] of Object.entries(compose.services)) {
    t.ok(service.image, `${name} has an image`)
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':')
      const known = source.startsWith('./') ? await exists(source) : source in compose.volumes
      t.ok(known, `${name}: ${source}`)
    }
    for (const network of service.networks) t.ok(network in compose.networks, `${name}: ${network}`)
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      t.equal(condition, 'service_healthy')
      t.ok(hasHealthcheck(compose.services[other]), `${name} waits for ${other}, which has a health check`)
    }
  }
  const published = Object.entries(compose.services).filter(([, { ports }]) => ports !== undefined)
  t.strictSame(
    published.map(([name]) => name),
    ['nginx', 'grafana'],
    'nothing else can be reached',
  )
  t.match(
    compose.services.grafana?.ports,
    [/^127\.0\.0\.1:/],
    'Grafana can be reached from this machine only',
  )
  for (const name of ['postgres', 'nats', 's3']) t.strictSame(compose.services[name]?.networks, ['back'])
  t.equal(compose.networks.back?.internal, true)
})

/** Whether a service has a health check. The image that is built here always has one. */
const hasHealthcheck = (service: ComposeService | undefined) =>
  service?.healthcheck !== undefined || service?.build !== undefined

t.test('no secret has a default, and the example names every variable', async t => {
  const variables = variablesOf(await read('compose.yaml'))
  for (const { name, required, fallback } of variables) {
    t.match(example, required ? new RegExp(`^${name}=$`, 'm') : new RegExp(`^# ${name}=$`, 'm'), name)
    if (/PASSWORD|SECRET|KEY/.test(name)) t.equal(fallback, '', `${name} has no default`)
  }
  const required = new Set(variables.filter(({ required }) => required).map(({ name }) => name))
  t.strictSame([...required].sort(), Object.keys(given).sort())
  for (const name of example.matchAll(/^(?:# )?([A-Z0-9_]+)=/gm)) {
    t.ok(
      variables.some(variable => variable.name === name[1]),
      `${name[1]} is used`,
    )
  }
})

t.test('every process accepts its environment, which points to the servers', async t => {
  t.equal(ours.length, 4)
  for (const [name, service] of ours) {
    const environment = environmentOf(service, given)
    const config = await readConfig({ ...imageEnvironment(instructions), ...environment })
    t.match(config, { NODE_ENV: 'production', HOST: '0.0.0.0', PORT: 8080, DARKROOM_DATA_DIR: '/data' })
    t.equal(config.DARKROOM_ROLE, name.split('-')[0])
    t.equal(parseMasterKey(config.DARKROOM_MASTER_KEY ?? '').length, 32)
    t.equal((await findCommand(service.command))?.command.name, 'serve')
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = environmentOf(compose.services.postgres, given)
    const database = `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`
    t.equal(config.DATABASE_URL, database)
    const words = compose.services.nats?.command.map(word => filled(word, given)) ?? []
    const { user, password, server } = parseNatsUrl(config.NATS_URL ?? '')
    t.equal(server, 'nats:4222')
    t.ok(words.includes(`--user=${user}`) && words.includes(`--pass=${password}`))
    const s3 = environmentOf(compose.services.s3, given)
    t.match(parseStorageUrl(config.DARKROOM_STORAGE_URL ?? ''), {
      kind: 's3',
      bucket: s3.S3_BUCKET,
      endpoint: 'http://s3:8333',
    })
    for (const key of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) t.equal(environment[key], s3[key])
  }
})

t.test('NATS keeps its jobs in its volume, and flushes them before it acknowledges them', async t => {
  const { command, volumes } = compose.services.nats!
  t.ok(command.includes('--config=/etc/nats/nats.conf'))
  t.strictSame(volumes, ['./config/nats.conf:/etc/nats/nats.conf:ro', 'queue:/data'])
  const settings = await read('config/nats.conf')
  t.match(settings, /^ {4}store_dir: \/data$/m)
  t.match(settings, /^ {4}sync_interval: always$/m)
  // the oldest supported server does not know the setting, but checks all others
  const folder = await temporaryFolder('darkroom-nats-')
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const known = join(folder, 'nats.conf')
  await writeFile(known, settings.replace(/^ *sync_interval: always$/m, ''))
  if (await findObstacle({ programs: [natsProgram], packages: ['nats-server'] }))
    return t.comment('skipped the check by the server: there is no NATS server')
  const { stderr } = await promisify(execFile)(natsProgram, ['--config', known, '-t'])
  t.match(stderr, /is valid/)
})

t.test('Prometheus reads the metrics of every process, and Grafana shows them without a login', async t => {
  const { prometheus, grafana } = compose.services
  for (const service of [prometheus, grafana]) t.strictSame(service?.profiles, ['observability'])
  const settings = parse(await read('config/prometheus/prometheus.yml'))
  const targets = settings.scrape_configs.flatMap((one: { static_configs: { targets: string[] }[] }) =>
    one.static_configs.flatMap(({ targets }) => targets),
  )
  t.strictSame(
    targets,
    ours.map(([name]) => `${name}:9091`),
  )
  for (const name of settings.rule_files) t.ok(await exists(`config/prometheus/${name}`), name)
  const { datasources } = parse(await read('config/grafana/provisioning/datasources/prometheus.yml'))
  t.match(datasources, [{ type: 'prometheus', url: 'http://prometheus:9090' }])
  const { providers } = parse(await read('config/grafana/provisioning/dashboards/darkroom.yml'))
  const mounted = grafana?.volumes?.map(volume => volume.split(':')[1])
  t.ok(mounted?.includes(providers[0].options.path), 'the board is mounted where Grafana looks for it')
  t.match(grafana?.environment, {
    GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
    GF_AUTH_BASIC_ENABLED: 'false',
    GF_AUTH_DISABLE_LOGIN_FORM: 'true',
  })
})

t.test('nginx.conf names the http processes', async t => {
  const settings = await read('nginx.conf')
  const origins = new Set([...settings.matchAll(/^\s*server (\S+);$/gm)].map(([, origin]) => origin))
  const names = ours.map(([name]) => name).filter(name => name.startsWith('http'))
  t.strictSame(
    [...origins],
    names.map(name => `${name}:8080`),
  )
  t.match(settings, /^\s*listen 8080;$/m)
  t.match(compose.services.nginx?.ports?.[0], /:8080$/)
  t.same(Object.keys(compose.services.nginx?.depends_on ?? {}), names)
})

t.test('the Dockerfile copies existing files and runs the program as an unprivileged user', async t => {
  const kept = (await read('.dockerignore')).split('\n').filter(line => line.startsWith('!'))
  const copies = instructions.filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from'))
  const sources = copies.flatMap(({ rest }) => rest.split(' ').slice(0, -1))
  for (const source of sources) {
    t.ok(await exists(source), source)
    t.ok(kept.includes(`!${source}`), `${source} is not ignored`)
  }
  t.strictSame([...sources].sort(), kept.map(line => line.slice(1)).sort())
  const { bin } = JSON.parse(await read('package.json'))
  t.strictSame(jsonOf(instructions, 'ENTRYPOINT'), ['node', `/app/${bin.darkroom}`])
  t.equal((await findCommand(jsonOf(instructions, 'CMD')))?.command.name, 'serve')
  t.equal(instructions.findLast(({ name }) => name === 'USER')?.rest, 'node')
  t.equal(instructions.find(({ name }) => name === 'VOLUME')?.rest, '/data')
  t.equal(instructions.find(({ name }) => name === 'EXPOSE')?.rest, '8080 9091')
})
