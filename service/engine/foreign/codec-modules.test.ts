import t from '../../test/support/tap.ts'
import { limitMemory } from './codec-modules.ts'
import './webassembly.ts'

/** A module with one page of memory, which grows it by the requested number of pages. */
const growing = Buffer.from(
  '0061736d0100000001060160017f017f030201000503010001070801046772' + '6f7700000a08010600200040000b',
  'hex',
)

t.test('a codec cannot grow its memory beyond the limit', async t => {
  const grow = async (wasm: Buffer, pages: number) => {
    const { grow } = new WebAssembly.Instance(await WebAssembly.compile(wasm), {}).exports
    return typeof grow === 'function' ? grow(pages) : undefined
  }
  t.equal(await grow(growing, 10), 1, 'without a limit it grows and returns the previous size')
  t.equal(await grow(limitMemory(growing, 4), 3), 1)
  t.equal(await grow(limitMemory(growing, 4), 4), -1)
  t.equal(await grow(limitMemory(limitMemory(growing, 200), 4), 4), -1, 'an existing limit is replaced')
  t.throws(() => limitMemory(growing.subarray(0, 8), 4), /defines no memory/)
})
