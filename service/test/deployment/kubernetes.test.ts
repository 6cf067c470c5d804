import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { configSchema, readConfig } from '../../config.ts'
import { imageEnvironment, jsonOf, read, readDockerfile, root } from '../support/containers.ts'
import { type KubernetesObject, mistakesOf, podOf } from '../support/kubernetes.ts'
import t from '../support/tap.ts'

// The plain manifests are what `helm template` prints for the chart. That they are equal needs helm, so the workflow
// checks it, with the strict schemas of kubeconform; here, the manifests are checked with the schemas of a package.

const instructions = await readDockerfile()
const folder = 'config/kubernetes'
const chart = 'config/helm/darkroom'
const manifests = await readAll(`${folder}/darkroom.yaml`)
const [secret] = await readAll(`${folder}/secret.example.yaml`)
const values = parse(await read(`${chart}/values.yaml`))
const known = Object.keys(configSchema.properties)
const ofKind = (kind: string) => manifests.filter(one => one.kind === kind)
const deployments = ofKind('Deployment')
/** Variables that are read by the AWS SDK. */
const aws = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']

async function readAll(path: string): Promise<KubernetesObject[]> {
  return parseAllDocuments(await read(path)).map(document => document.toJS())
}

t.test('every manifest is valid and has no unknown field', async t => {
  const all = [...manifests, secret!]
  t.strictSame(all.map(({ kind }) => kind).sort(), [
    'ConfigMap',
    'Deployment',
    'Deployment',
    'HorizontalPodAutoscaler',
    'HorizontalPodAutoscaler',
    'NetworkPolicy',
    'PodDisruptionBudget',
    'PodDisruptionBudget',
    'Secret',
    'Service',
    'ServiceAccount',
  ])
  for (const one of all) t.strictSame(await mistakesOf(one), [], `${one.kind} ${one.metadata.name}`)

  const [deployment] = structuredClone(deployments)
  const container = podOf(deployment!).containers[0]!
  Object.assign(container, { imagee: 'x', ports: [{ containerPort: '8080' }] })
  t.match(await mistakesOf(deployment!), [/containerPort must be integer/, /imagee: unknown field/])
})

t.test('every process accepts its variables', async t => {
  const { data } = ofKind('ConfigMap')[0]!
  t.strictSame(Object.keys(data ?? {}), Object.keys(values.env))
  const names = Object.keys(secret?.stringData ?? {})
  for (const name of names) t.ok(known.includes(name) || aws.includes(name), name)
  const secrets = {
    DATABASE_URL: 'postgres://darkroom:x@postgres:5432/darkroom',
    NATS_URL: 'nats://darkroom:x@nats:4222',
    DARKROOM_STORAGE_URL: secret?.stringData?.DARKROOM_STORAGE_URL ?? '',
    DARKROOM_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    DARKROOM_JWT_SECRET: 'x'.repeat(64),
  }
  for (const deployment of deployments) {
    const [container] = podOf(deployment).containers
    const own = Object.fromEntries(container!.env.map(({ name, value }) => [name, value]))
    const config = await readConfig({ ...imageEnvironment(instructions), ...secrets, ...data, ...own })
    t.equal(config.DARKROOM_ROLE, deployment.metadata.labels?.['app.kubernetes.io/component'])
    t.strictSame(
      container?.envFrom.map(source => source.configMapRef?.name ?? source.secretRef?.name),
      [ofKind('ConfigMap')[0]?.metadata.name, secret?.metadata.name],
    )
    // a service called darkroom would otherwise set DARKROOM_PORT, which is an unknown variable
    t.equal(podOf(deployment).enableServiceLinks, false)
  }
})

t.test('ports and paths of probes, service and network policy are those of the service', async t => {
  const { PORT: http, DARKROOM_METRICS_PORT: metrics } = await readConfig({})
  const routes = await read('docs/deployment.md')
  for (const deployment of deployments) {
    const isHttp = deployment.metadata.name.endsWith('-http')
    const [container] = podOf(deployment).containers
    const ports = Object.fromEntries(container!.ports.map(({ name, containerPort }) => [name, containerPort]))
    t.strictSame(ports, isHttp ? { http, metrics } : { metrics })
    const paths = [container?.startupProbe, container?.readinessProbe, container?.livenessProbe].map(
      probe => {
        t.equal(probe?.httpGet.port, isHttp ? 'http' : 'metrics')
        return probe?.httpGet.path ?? ''
      },
    )
    t.strictSame(paths, ['/readyz', '/healthz', '/healthz'])
    for (const path of paths) t.ok(routes.includes(`| \`${path}\` |`))
    t.strictSame(container?.args, jsonOf(instructions, 'CMD'))
  }
  t.equal(ofKind('Service')[0]?.spec.ports[0].targetPort, 'http')
  t.strictSame(
    ofKind('NetworkPolicy')[0]?.spec.ingress.map(
      (rule: { ports: { port: number }[] }) => rule.ports[0]?.port,
    ),
    [http, metrics],
  )
})

t.test('pods have no rights, and only the folders of the image are writable', async t => {
  t.equal(deployments.length, 2)
  for (const deployment of deployments) {
    const pod = podOf(deployment)
    t.match(pod.securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    t.equal(pod.automountServiceAccountToken, false)
    const [container] = pod.containers
    t.strictSame(container?.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    const { DARKROOM_DATA_DIR } = imageEnvironment(instructions)
    t.strictSame(
      container?.volumeMounts.map(({ mountPath }) => mountPath),
      [DARKROOM_DATA_DIR, '/tmp'],
    )
    t.ok(pod.volumes.every(({ emptyDir }) => emptyDir?.sizeLimit))
    // the pause before SIGTERM, and the 20 s in which a process ends
    t.ok(pod.terminationGracePeriodSeconds > 25)
  }
})

t.test('each role is spread, scaled and kept available', async t => {
  for (const kind of ['PodDisruptionBudget', 'HorizontalPodAutoscaler'])
    t.strictSame(
      ofKind(kind).map(({ metadata }) => metadata.name),
      deployments.map(({ metadata }) => metadata.name),
    )
  const metrics = ofKind('HorizontalPodAutoscaler').flatMap(({ spec }) => spec.metrics)
  t.match(metrics, [
    { resource: { name: 'cpu' } },
    { resource: { name: 'cpu' } },
    { external: { metric: { name: 'darkroom_jobs_waiting' } } },
  ])
})

t.test('the chart has the version of the package, and every value that it names', async t => {
  const { version } = JSON.parse(await read('package.json'))
  t.match(parse(await read(`${chart}/Chart.yaml`)), { version, appVersion: version })
  const variables = [values.env, values.http.env, values.worker.env].flatMap(Object.keys)
  for (const name of variables) t.ok(known.includes(name), name)
  const templates = await readdir(join(root, chart, 'templates'))
  for (const name of templates) {
    const text = await readFile(join(root, chart, 'templates', name), 'utf8')
    for (const [, path = ''] of text.matchAll(/\.Values\.([\w.]+)/g)) {
      const value = path.split('.').reduce((parent, key) => parent?.[key], values)
      t.not(value, undefined, `${name}: ${path}`)
    }
  }
})
