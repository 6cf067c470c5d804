import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { createMetricsServer } from '../../telemetry/metrics-server.ts'
import { build } from '../support/build.ts'
import { freePort } from '../support/free-port.ts'
import { photo } from '../support/pictures.ts'
import { hasPrometheus, promtool, startPrometheus } from '../support/services/prometheus.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const config = fileURLToPath(new URL('../../../../config/', import.meta.url))
const rulesFile = join(config, 'prometheus/alerts.yml')
const readYaml = async (path: string) => parse(await readFile(join(config, path), 'utf8'))

interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
}

interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}

const board = JSON.parse(await readFile(join(config, 'grafana/dashboards/darkroom.json'), 'utf8'))
const panels: readonly Panel[] = board.panels
const rules: readonly Rule[] = (await readYaml('prometheus/alerts.yml')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
)
const queries = [
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr }))),
  ...rules.map(({ record, alert, expr }) => ({ title: record ?? alert ?? '', expr })),
]
const skip = (await hasPrometheus()) ? false : 'there is no Prometheus'

/** What these queries show has not happened in a new service, or takes longer than the test. */
const mayBeEmpty =
  /^(Errors|Heavy|Purges of CDNs|Failed calls|Age of chores|.*darkroom_tasks_unfinished|darkroom:|Darkroom)/

t.test('board and alerts query metrics that the service exports', async t => {
  const bench = await build(t)
  const text = await bench.app.metrics.text()
  const exported = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name))
  const recorded = new Set(rules.flatMap(({ record }) => record ?? []))
  for (const { title, expr } of queries) {
    const names = [...expr.matchAll(/\b(darkroom[a-z]*[:_][\w:]+|(nodejs|process)_\w+)/g)].map(
      ([name]) => name,
    )
    t.ok(names.length > 0 || expr.startsWith('up{'), title)
    for (const name of names) {
      const base = name.replace(/_(bucket|sum|count)$/, '')
      t.ok(exported.has(name) || exported.has(base) || recorded.has(name), `${title}: ${name}`)
    }
  }
  if (skip !== false) return
  const image = await bench.upload(await photo(300, 200).jpeg().toBuffer())
  const url = await bench.sign({ imageId: image.id, operations: [{ op: 'resize', w: 90 }], format: 'jpg' })
  const listener = createMetricsServer(bench.app.metrics, async () => {})
  const port = await freePort()
  await once(listener.listen(port, '127.0.0.1'), 'listening')
  t.teardown(() => listener.close())
  const prometheus = await startPrometheus(`127.0.0.1:${port}`, rulesFile)
  t.teardown(() => prometheus.stop())
  const query = (expr: string) => {
    const filled = expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.+')
    return prometheus.get<{ result: readonly object[] }>('query', { query: filled })
  }
  await until('the service is scraped', 15_000, async () => {
    const { result } = await query('rate(darkroom_requests_total[1m])')
    return result.length > 0
  })
  for (let times = 0; times < 3; times++) await bytesOf(await bench.get(url))
  await until('the renders are scraped', 15_000, async () => {
    const { result } = await query('rate(darkroom_deliveries_total{tier="memory"}[1m])')
    return result.length > 0
  })
  // a rate needs a counter that has grown since it was first scraped
  await bytesOf(await bench.get(url))
  await until('the rules are evaluated', 15_000, async () => {
    const { result } = await query('darkroom:availability_errors:ratio_rate1h')
    return result.length > 0
  })
  for (const { title, expr } of queries) {
    const { result } = await query(expr)
    const place = `${title}: ${expr}`
    t.ok(result.length > 0 || mayBeEmpty.test(place), place)
  }
  const { groups } = await prometheus.get<{ groups: { rules: { name: string; health: string }[] }[] }>(
    'rules',
  )
  const unhealthy = groups.flatMap(group => group.rules.filter(({ health }) => health === 'err'))
  t.strictSame(unhealthy, [])
})

t.test(
  'alerts on an objective fire when its budget is used up fast, and not otherwise',
  { skip },
  async t => {
    t.match(await promtool('check', 'rules', rulesFile), /SUCCESS/)
    await promtool('check', 'config', '--syntax-only', join(config, 'prometheus/prometheus.yml'))
    const folder = await mkdtemp(join(tmpdir(), 'darkroom-rules-'))
    t.teardown(() => rm(folder, { recursive: true }))
    const good = { series: 'darkroom_requests_total{status="200"}', values: '0+60x200' }
    const firing = (alert: string) => `count(ALERTS{alertname="Darkroom${alert}",alertstate="firing"})`
    const expectations = (alert: string, value: number | undefined) => ({
      ...{ expr: firing(alert), eval_time: '3h', exp_samples: value === undefined ? [] : [{ value }] },
    })
    const test = {
      rule_files: [rulesFile],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [good, { series: 'darkroom_requests_total{status="503"}', values: '0+2x200' }],
          promql_expr_test: [
            expectations('AvailabilityBurnsFast', 1),
            expectations('HitLatencyBurnsFast', undefined),
          ],
        },
        {
          interval: '1m',
          input_series: [
            good,
            { series: 'darkroom_hit_seconds_count', values: '0+100x200' },
            { series: 'darkroom_hit_seconds_bucket{le="0.1"}', values: '0+70x200' },
          ],
          promql_expr_test: [
            expectations('AvailabilityBurnsFast', undefined),
            expectations('HitLatencyBurnsFast', 1),
          ],
        },
      ],
    }
    await writeFile(join(folder, 'test.json'), JSON.stringify(test))
    t.match(await promtool('test', 'rules', join(folder, 'test.json')), /SUCCESS/)
  },
)

t.test('Grafana finds its data source and the board', async t => {
  const { datasources } = await readYaml('grafana/provisioning/datasources/prometheus.yml')
  t.match(datasources, [{ type: 'prometheus', uid: 'prometheus' }])
  t.match((await readYaml('grafana/provisioning/dashboards/darkroom.yml')).providers, [{ type: 'file' }])
  const text = JSON.stringify(board)
  const sources = [...text.matchAll(/"type":"prometheus","uid":"([^"]+)"/g)].map(([, uid]) => uid)
  t.strictSame([...new Set(sources)], ['prometheus'])
  const ids = board.panels.map(({ id }: { id: number }) => id)
  t.equal(new Set(ids).size, ids.length)
})
