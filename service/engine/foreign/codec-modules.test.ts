import t from 'tap'
import { limitMemory } from './codec-modules.ts'
import './webassembly.ts'

/** A module that has one page of memory and grows it by as many as it is told. */
const growing = Buffer.from(
  '0061736d0100000001060160017f017f030201000503010001070801046772' + '6f7700000a08010600200040000b',
  'hex',
)

t.test('a codec cannot grow beyond its limit, however it asks', async t => {
  const grow = async (wasm: Buffer, pages: number) => {
    const { grow } = new WebAssembly.Instance(await WebAssembly.compile(wasm), {}).exports
    return typeof grow === 'function' ? grow(pages) : undefined
  }
  t.equal(await grow(growing, 10), 1, 'without a limit it grows, and tells its size before')
  t.equal(await grow(limitMemory(growing, 4), 3), 1)
  t.equal(await grow(limitMemory(growing, 4), 4), -1)
  t.equal(await grow(limitMemory(limitMemory(growing, 200), 4), 4), -1, 'a limit of its own is replaced')
  t.throws(() => limitMemory(growing.subarray(0, 8), 4), /no memory/)
})
