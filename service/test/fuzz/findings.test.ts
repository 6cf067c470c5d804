import { readdir } from 'node:fs/promises'
import t from '../support/tap.ts'
import type { Finding } from './finding.ts'

const folder = new URL('findings/', import.meta.url)
const files = (await readdir(folder)).filter(name => name.endsWith('.js'))

/** The longest CPU time of one, in milliseconds: many times what they take now, and a fraction of what they took. */
const maxMs = 3_000

t.test('inputs that were answered wrongly are answered rightly', async t => {
  for (const name of files) {
    const { default: found }: { default: Finding } = await import(new URL(name, folder).href)
    const file = await found.make()
    const before = process.cpuUsage()
    t.strictSame(await found.read(file), found.answer, name)
    t.ok(process.cpuUsage(before).user / 1000 < maxMs, `${name}: ${found.was}`)
  }
  t.ok(files.length > 0)
})
