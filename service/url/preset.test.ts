import t from '../test/support/tap.ts'
import { parseSteps } from './grammar.ts'
import type { OperationTable } from './option.ts'
import { expandPresets, type FindPreset } from './preset.ts'
import { printSteps } from './print.ts'

const table: OperationTable = new Map([
  ['preset', { options: { n: { kind: 'text', maxBytes: 32, label: '', summary: '' } } }],
  ['flip', { options: {} }],
  ['blur', { options: { s: { kind: 'number', min: 0, max: 99, label: '', summary: '' } } }],
])

/** Expands operations with these presets. */
async function expanded(operations: string, presets: Record<string, string>, within: string[] = []) {
  const stored = new Map(Object.entries(presets))
  const find: FindPreset = async name => {
    const text = stored.get(name)
    return text === undefined ? undefined : parseSteps(text, table)
  }
  return printSteps(await expandPresets(parseSteps(operations, table), find, table, within), table)
}

t.test('presets are replaced by their operations, nested presets included', async t => {
  const presets = { soft: 'blur_s-2_preset_n-turned', turned: 'flip', constructor: 'blur_s-7' }
  t.equal(await expanded('', presets), '')
  t.equal(await expanded('flip_blur_s-1', presets), 'flip_blur_s-1')
  t.equal(await expanded('blur_s-1_preset_n-soft_blur_s-3', presets), 'blur_s-1_blur_s-2_flip_blur_s-3')
  t.equal(await expanded('preset_n-turned_preset_n-turned', presets), 'flip_flip')
  t.equal(await expanded('preset_n-constructor', presets), 'blur_s-7')
})

t.test('an unknown preset is rejected by name', async t => {
  const unknown = { code: 'bad-url', message: /preset: n-\S+ does not exist/ }
  await t.rejects(expanded('preset_n-none', {}), unknown)
  await t.rejects(expanded('preset_n-constructor', {}), unknown)
  await t.rejects(expanded('preset_n-a', { a: 'preset_n-gone' }), { message: /n-gone/ })
  const dotted = Buffer.from('../x').toString('base64url')
  await t.rejects(expanded(`preset_n-~${dotted}`, { '../x': 'flip' }), {
    message: /n-\.\.\/x does not exist/,
  })
  await t.rejects(expanded('preset', {}), { code: 'bad-url', message: /preset: n is required/ })
})

t.test(
  'presets that form a cycle, nest too deeply or expand to too many operations are rejected',
  async t => {
    const cycle = { code: 'bad-url', message: /is a cycle/ }
    await t.rejects(expanded('preset_n-a', { a: 'preset_n-a' }), cycle)
    await t.rejects(expanded('preset_n-a', { a: 'preset_n-b', b: 'flip_preset_n-a' }), cycle)
    await t.rejects(
      expanded('preset_n-b', { b: 'preset_n-mine' }, ['mine']),
      cycle,
      'through the preset being saved',
    )
    const chain = { a: 'preset_n-b', b: 'preset_n-c', c: 'preset_n-d', d: 'flip' }
    t.equal(await expanded('preset_n-a', chain), 'flip')
    await t.rejects(expanded('preset_n-a', { ...chain, d: 'preset_n-e', e: 'flip' }), {
      message: /nested too deeply/,
    })
    const eight = Array(8).fill('flip').join('_')
    const four = (name: string) => Array(4).fill(`preset_n-${name}`).join('_')
    t.equal((await expanded(four('e'), { e: eight })).split('_').length, 32)
    await t.rejects(expanded(`${four('e')}_flip`, { e: eight }), { code: 'bad-url', message: /at most 32/ })
    // 4 * 4 * 4 * 8 steps if all of them were expanded
    const bomb = { a: four('b'), b: four('c'), c: four('d'), d: eight }
    await t.rejects(expanded(four('a'), bomb), { code: 'bad-url', message: /at most 32/ })
  },
)

t.test('presets that expand beyond the longest path are rejected', async t => {
  const long = new Map(table).set('text', {
    options: { t: { kind: 'text', maxBytes: 400, label: '', summary: '' } },
  })
  const find: FindPreset = async () => parseSteps(`text_t-${'a'.repeat(400)}`, long)
  const steps = (count: number) => parseSteps(Array(count).fill('preset_n-a').join('_'), long)
  t.equal((await expandPresets(steps(2), find, long)).length, 2)
  await t.rejects(expandPresets(steps(3), find, long), { code: 'bad-url', message: /at most 900/ })
})
