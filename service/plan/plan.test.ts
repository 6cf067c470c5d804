import { loadOperations } from '../operations/registry.ts'
import t from '../test/support/tap.ts'
import { parseSteps } from '../url/grammar.ts'
import { photograph } from './facts.test.data.ts'
import type { ImageFacts } from './facts.ts'
import type { OutputFormat } from './formats.ts'
import { planDerivative } from './plan.ts'
import { toPlannedSteps } from './planned-steps.ts'

const operations = await loadOperations()
const facts = photograph
const plan = (
  chain: string,
  about: Partial<ImageFacts> = {},
  format: OutputFormat = 'jpg',
  images: ReadonlyMap<string, ImageFacts> = new Map(),
) =>
  planDerivative(
    { facts: { ...facts, ...about }, images },
    toPlannedSteps(operations, parseSteps(chain, operations)),
    format,
  )
const passes = (chain: string) => plan(chain).passes.map(pass => pass.map(stage => stage.name))

t.test('stages share a pass if they are in the order in which sharp applies them', async t => {
  t.strictSame(passes(''), [[]], 'a plain conversion is one pass')
  t.strictSame(passes('resize_w-400_blur_s-2_sharpen'), [['scale 400x300', 'blur 2', 'sharpen 1']])
  t.strictSame(passes('crop_x-10,y-20,w-300,h-200_resize_w-100_rotate_a-90'), [
    ['extract 300x200+10+20', 'scale 100x67', 'turn 90'],
  ])
  t.strictSame(passes('resize_w-400,h-400'), [['scale 533x400', 'extract 400x400+67+0']])
})

t.test('stages in another order begin a new pass', async t => {
  t.strictSame(passes('blur_s-2_resize_w-400'), [['blur 2'], ['scale 400x300']])
  t.strictSame(passes('resize_w-400_grayscale'), [['scale 400x300'], ['grayscale']])
  t.strictSame(passes('rotate_a-90_flip'), [['turn 90'], ['mirror left-right']])
  t.strictSame(passes('rotate_a-90_rotate_a-30').length, 2, 'a pipeline holds one rotation')
  t.strictSame(
    passes('resize_w-400,h-400,g-smart_rotate_a-90').length,
    2,
    'in one pass, sharp would rotate before the crop of resize',
  )
})

t.test('the size is planned without reading pixels', async t => {
  const size = (chain: string) => {
    const { width, height } = plan(chain)
    return { width, height }
  }
  t.strictSame(size('resize_w-400_rotate_a-90_crop_w-0.5'), { width: 150, height: 400 })
  t.strictSame(size('crop_ar-16:9'), { width: 4000, height: 2250 })
  t.strictSame(size('crop_ar-1:1,w-500'), { width: 500, height: 500 })
  t.strictSame(size('crop_x-0.5,y-0.5'), { width: 2000, height: 1500 })
  t.strictSame(size('crop_x-3900,w-500'), { width: 100, height: 3000 }, 'a region ends at the edge')
  t.strictSame(size('resize_w-400,dpr-2'), { width: 800, height: 600 })
  t.strictSame(size('pad_all-10,l-0,t-100'), { width: 4010, height: 3110 })
  t.strictSame(size('border_w-25_round_r-max'), { width: 4050, height: 3050 })
  t.strictSame(size('extend_ar-1:1'), { width: 4000, height: 4000 })
  t.strictSame(size('extend_w-100,h-3500'), { width: 4000, height: 3500 }, 'a canvas never shrinks')
  t.strictSame(size('rotate_a-30_resize_w-500'), { width: 500, height: 463 })
  t.strictSame(size('crop_w-0.5,h-1000,g-face'), { width: 2000, height: 1000 })
})

t.test('the output limit applies after a probe, too', async t => {
  const tall = plan('trim_resize_h-3500,enlarge-1', { width: 100, height: 20_000 }, 'webp')
  t.match(tall, { width: 18, height: 3500 }, 'the expected size')
  t.throws(() => tall.probe?.resume({ left: 0, top: 0, width: 100, height: 20 }), {
    code: 'bad-url',
    message: /would be 17500x3500 pixels, expected at most 8192 a side/,
  })
})

t.test('steps after a probe are planned from the expected result, then from the measured one', async t => {
  const trimmed = plan('trim_resize_w-8000,enlarge-1_pad_all-10')
  t.match(trimmed, { width: 8020, height: 6020, passes: [[]] })
  const sequence = trimmed.probe?.resume({ left: 1000, top: 0, width: 200, height: 100 })
  t.match(sequence, { width: 8020, height: 4020, probe: undefined })
  t.throws(() => plan('trim_pad_all-8000'), { code: 'bad-url', message: /^pad: would be/ })
})

t.test('a crop that begins at a fraction begins within the image, however small it is', async t => {
  t.match(plan('crop_x-0.9999,y-0.9999'), { width: 1, height: 1 })
  t.match(plan('crop_x-0.5,y-0.5', { width: 1, height: 1 }), { width: 1, height: 1 })
})

t.test('an impossible request is rejected and names the operation', async t => {
  const rejected = (chain: string, message: RegExp) =>
    t.throws(() => plan(chain), { code: 'bad-url', status: 400, message }, chain)
  rejected('resize', /^resize: one of w, h, minw or minh is required$/)
  rejected('resize_fit-fill', /^resize: one of/)
  rejected('resize_w-8000,dpr-8,enlarge-1', /^resize: would be .* at most 8192 a side/)
  rejected('resize_w-8192,enlarge-1_rotate_a-45', /^rotate: would be/)
  rejected('crop_x-4000', /^crop: x-4000 is outside the image, which is 4000x3000 pixels$/)
  rejected('crop_ar-1:1,w-10,h-10', /^crop: ar cannot be combined with both w and h/)
  rejected('crop_x-1,w-10,h-10,g-north', /^crop: g cannot/)
  const strip = { format: 'png', width: 20000, height: 1000 } as const
  const bomb = 'resize_w-2500,h-2500,fit-fill,enlarge-1,dpr-8_resize_w-100'
  t.throws(() => plan(bomb, strip), { code: 'bad-url', message: /^resize: would be 20000x20000/ }, 'by area')
  t.throws(() => plan('resize_w-8000,h-8000,enlarge-1_encode_effort-9', {}, 'avif'), {
    message: /^estimated processing time is/,
  })
  t.throws(() => plan('', { width: 9000 }), { code: 'bad-url', message: /add a resize$/ })
  t.doesNotThrow(
    () => plan('resize_w-8000', { width: 20000, height: 2000 }),
    'a large original may be scaled down',
  )
})

t.test('later encode options override earlier ones', async t => {
  t.match(plan('encode_q-50_encode_progressive-1').settings, { quality: 50, progressive: true })
})

t.test('overlaid images are listed once, and their total bytes are limited', async t => {
  const ids = ['first1', 'second', 'third1']
  const images = new Map(ids.map(id => [id, { ...facts, bytes: 40_000_000 }]))
  const chain = (names: string[]) => names.map(id => `overlay_i-${id}`).join('_')
  t.strictSame(plan(chain(['first1', 'second', 'first1']), {}, 'jpg', images).imageIds, ['first1', 'second'])
  t.throws(() => plan(chain(ids), {}, 'jpg', images), { code: 'bad-url', message: /overlay: .*120 MB/ })
})

t.test('the cost of lossless and near-lossless encoding is estimated', async t => {
  const costOf = (encode: string, format: OutputFormat) => plan(`resize_w-1000${encode}`, {}, format).costMs
  for (const encode of ['_encode_near-20', '_encode_lossless-1', '_encode_near-20,effort-9'])
    t.ok(costOf(encode, 'webp') > 2 * costOf('', 'webp'), `webp${encode}`)
  t.ok(costOf('_encode_lossless-1', 'avif') > 1.5 * costOf('', 'avif'))
  t.ok(costOf('_encode_effort-9', 'gif') > 5 * costOf('', 'gif'))
})
