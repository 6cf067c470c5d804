import { loadOperations } from '../operations/registry.ts'
import t from '../test/support/tap.ts'
import { parseSteps } from '../url/grammar.ts'
import { printSteps } from '../url/print.ts'
import type { OutputFormat } from './formats.ts'
import { applyHints, applySaveData, type ClientHints, noHints, varyingHeaders, widthLadder } from './hints.ts'

const operations = await loadOperations()

function resolve(chain: string, hints: Partial<ClientHints> = {}, format: OutputFormat = 'png'): string {
  const requested = parseSteps(chain, operations)
  const client = { ...noHints, ...hints }
  return printSteps(applySaveData(requested, applyHints(requested, client), format, client), operations)
}

t.test('w-auto resolves to a width of the ladder', async t => {
  const cases: [hints: Partial<ClientHints>, width: number][] = [
    [{}, 1280],
    [{ dpr: 3 }, 1280],
    [{ width: 640 }, 640],
    [{ width: 641 }, 800],
    [{ width: 1 }, 160],
    [{ width: 999_999 }, 3840],
    [{ width: 640, dpr: 2, viewportWidth: 2000 }, 640],
    [{ viewportWidth: 360 }, 400],
    [{ viewportWidth: 360, dpr: 3 }, 1280],
    [{ viewportWidth: 320, dpr: 2 }, 640],
    [{ width: 800, dpr: 2, saveData: true }, 400],
    [{ width: 2100, dpr: 2.625, saveData: true }, 800],
    [{ width: 800, saveData: true }, 800],
    [{ viewportWidth: 400, dpr: 2, saveData: true }, 400],
    [{ viewportWidth: 400, dpr: 0.5, saveData: true }, 200],
    [{ saveData: true, dpr: 3 }, 1280],
  ]
  for (const [hints, width] of cases) {
    t.equal(resolve('resize_w-auto', hints), `resize_w-${width}`, JSON.stringify(hints))
  }
})

t.test('the width ladder grows by a factor of about 1.25 from rung to rung', async t => {
  for (const [index, rung] of widthLadder.slice(1).entries()) {
    const factor = rung / (widthLadder[index] ?? 0)
    t.ok(factor >= 1.2 && factor <= 1.281, `${rung} is ${factor.toFixed(3)} times the rung before`)
  }
})

t.test('dpr-auto resolves to a density that keeps all sides within range', async t => {
  const steps: [dpr: number | undefined, printed: string][] = [
    [undefined, 'resize_w-300'],
    [0.5, 'resize_w-300'],
    [1, 'resize_w-300'],
    [1.25, 'resize_w-300,dpr-1.5'],
    [2, 'resize_w-300,dpr-2'],
    [2.625, 'resize_w-300,dpr-3'],
    [9, 'resize_w-300,dpr-4'],
  ]
  for (const [dpr, printed] of steps) t.equal(resolve('resize_w-300,dpr-auto', { dpr }), printed)
  t.equal(resolve('resize_w-300,dpr-auto', { dpr: 3, saveData: true }), 'resize_w-300')
  t.equal(resolve('resize_w-3000,h-90,dpr-auto', { dpr: 4 }), 'resize_w-3000,h-90,dpr-2')
  t.equal(resolve('resize_w-8192,dpr-auto', { dpr: 4 }), 'resize_w-8192')
})

t.test('w-auto converts the other sides to device pixels', async t => {
  t.equal(resolve('resize_w-auto,h-300,dpr-auto', { width: 640, dpr: 2 }), 'resize_w-640,h-600')
  t.equal(resolve('resize_w-auto,h-300', { width: 640, dpr: 2 }), 'resize_w-640,h-300')
  t.equal(resolve('resize_w-auto,dpr-2,minh-150', { width: 640 }), 'resize_w-640,minh-300')
  t.equal(resolve('resize_w-auto,h-5000,dpr-auto', { width: 640, dpr: 4 }), 'resize_w-640,h-7500')
  t.equal(resolve('resize_w-auto,h-1,dpr-0.1', { width: 640 }), 'resize_w-640,h-1')
})

t.test('h-auto follows the aspect ratio and requires a width', async t => {
  t.equal(resolve('resize_w-300,h-auto'), 'resize_w-300')
  t.equal(resolve('resize_w-300,h-auto,fit-inside'), 'resize_w-300')
  t.equal(resolve('resize_w-auto,h-auto', { width: 200 }), 'resize_w-200')
  t.throws(() => resolve('resize_h-auto,dpr-2'), {
    code: 'bad-url',
    message: /^resize: h-auto needs another side to compute the height from, expected w, minw or minh$/,
  })
})

t.test('Save-Data lowers the quality of URLs that use hints and set no quality', async t => {
  const saving = { saveData: true, width: 320 }
  t.equal(resolve('resize_w-auto', saving, 'jpg'), 'resize_w-320_encode_q-60')
  t.equal(resolve('resize_w-auto_blur', saving, 'avif'), 'resize_w-320_blur_encode_q-45')
  t.equal(resolve('resize_w-300,dpr-auto', saving, 'webp'), 'resize_w-300_encode_q-58')
  t.equal(resolve('encode_effort-3_resize_w-auto', saving, 'jpg'), 'encode_q-60,effort-3_resize_w-320')
  t.equal(resolve('resize_w-auto', saving, 'png'), 'resize_w-320', 'lossless formats stay lossless')
  for (const named of ['encode_q-90', 'encode_q-auto', 'encode_lossless-1', 'encode_near-20']) {
    t.equal(resolve(`resize_w-auto_${named}`, saving, 'webp'), `resize_w-320_${named}`)
  }
  t.equal(resolve('resize_w-300', saving, 'jpg'), 'resize_w-300')
  const longest = Array.from({ length: 31 }, () => 'flip').join('_')
  t.equal(resolve(`${longest}_resize_w-auto`, saving, 'jpg'), `${longest}_resize_w-320`)
})

t.test('the varying headers depend on the URL alone', async t => {
  const headers = (chain: string, format: 'auto' | 'jpg') =>
    varyingHeaders({ steps: parseSteps(chain, operations), format }).join(', ')
  t.equal(headers('resize_w-300', 'jpg'), '')
  t.equal(headers('resize_w-300', 'auto'), 'Accept')
  t.equal(headers('resize_w-300,h-auto', 'jpg'), '')
  t.equal(headers('resize_w-300,dpr-auto', 'jpg'), 'Sec-CH-DPR, Save-Data')
  t.equal(headers('resize_w-auto', 'jpg'), 'Sec-CH-DPR, Sec-CH-Width, Sec-CH-Viewport-Width, Save-Data')
  t.equal(
    headers('blur_resize_w-auto,dpr-auto', 'auto'),
    'Accept, Sec-CH-DPR, Sec-CH-Width, Sec-CH-Viewport-Width, Save-Data',
  )
})
