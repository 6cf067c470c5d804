import { loadOperations } from '../../operations/registry.ts'
import { build } from '../support/build.ts'
import t from '../support/tap.ts'

interface OperationList {
  items: {
    name: string
    label: string
    group: string
    summary: string
    example: string
    options: { name: string; kind: string; label: string; summary: string }[]
  }[]
  groups: string[]
  formats: string[]
}

t.test('the API lists every operation with its options in schema order', async t => {
  const bench = await build(t)
  const response = await bench.get('/api/v1/operations')
  t.equal(response.status, 200)
  const { items, groups, formats } = (await response.json()) as OperationList
  const operations = await loadOperations()
  t.strictSame(
    items.map(({ name, options }) => [name, options.map(option => option.name)]),
    [...operations.values()].map(({ name, options }) => [name, Object.keys(options)]),
  )
  t.ok(
    items.every(({ summary, options }) => summary && options.every(option => option.kind && option.summary)),
  )
  t.ok(items.every(({ label, options }) => label && options.every(option => option.label)))
  t.strictSame([...new Set(items.map(({ group }) => group))].sort(), groups.toSorted())
  t.ok(['auto', 'jpg', 'webp', 'avif'].every(format => formats.includes(format)))
  t.equal((await fetch(`${bench.url}/api/v1/operations`)).status, 401, 'requires authentication')
})
