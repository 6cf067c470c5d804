import { deepStrictEqual, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { DarkroomError } from '../errors/catalogue.ts'
import { loadOperations } from '../operations/registry.ts'
import type { Frame } from '../operations/shapes.ts'
import t from '../test/support/tap.ts'
import { completeOptions, normalizeStep } from '../url/step.ts'
import { type Candidates, candidatesOf } from './candidates.ts'
import type { OperationStep } from './operations.generated.ts'
import { type Original, outputSize } from './output-size.ts'
import { spellSteps } from './spelling.ts'

const operations = await loadOperations()

/** The size that the service plans; undefined for operations that it refuses. */
function plannedSize(steps: readonly OperationStep[], { width, height }: Original) {
  let frame: Frame = { width, height, alpha: false }
  try {
    for (const step of steps) {
      const options = completeOptions(normalizeStep({ ...step }, operations), operations)
      const context = { vector: false, animated: false, images: new Map() }
      const stages = operations.get(step.op)?.stages(options, frame, context) ?? []
      for (const stage of stages) if ('frame' in stage) frame = stage.frame
    }
    return { width: frame.width, height: frame.height }
  } catch (error) {
    if (error instanceof DarkroomError) return undefined
    throw error
  }
}

const side = fc.integer({ min: 1, max: 1200 })
const optional = fc.option(side, { nil: undefined })
const fits = fc.constantFrom('cover', 'contain', 'fill', 'inside', 'outside', undefined)
const ratio = fc.constantFrom('16:9', '1:1', '2.35:1', undefined)
const given = (options: object) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as OperationStep
const stepOf = <Options extends object>(
  op: string,
  options: { [Name in keyof Options]: fc.Arbitrary<Options[Name]> },
) => fc.record(options).map(all => given({ op, ...all }))
const resize = stepOf('resize', {
  w: optional,
  h: optional,
  fit: fits,
  enlarge: fc.constantFrom(true, undefined),
  dpr: fc.constantFrom(1.5, 2, undefined),
})
const crop = stepOf('crop', {
  x: fc.constantFrom(0.1, 20, undefined),
  w: fc.oneof(optional, fc.constant(0.5)),
  h: optional,
  ar: ratio,
})
const arbitraryStep = fc.oneof(
  resize,
  crop,
  stepOf('pad', { all: side, l: optional, t: optional }),
  stepOf('border', { w: side }),
  stepOf('extend', { w: optional, h: optional }),
  stepOf('extend', { ar: ratio }),
  stepOf('rotate', { a: fc.constantFrom(-90, 90, 180, 270) }),
  stepOf('sepia', {}),
)
const arbitraryOriginal = fc.record({ width: side, height: side })

t.test('the client computes the sizes that the service plans', async t => {
  let compared = 0
  const property = fc.property(
    fc.array(arbitraryStep, { maxLength: 4 }),
    arbitraryOriginal,
    (steps, original) => {
      const planned = plannedSize(steps, original)
      if (planned === undefined) return
      compared++
      deepStrictEqual({ ...outputSize(steps, original) }, planned)
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }))
  t.ok(compared > 300, `${compared} sizes`)
})

t.test('no candidate is larger than the original, and each has the width that it states', async t => {
  const widths = fc.array(side, { minLength: 1, maxLength: 4 })
  const sized = resize.filter(
    step => step.op === 'resize' && !step.enlarge && (step.w ?? step.h) !== undefined,
  )
  const property = fc.property(sized, widths, arbitraryOriginal, (step, widths, original) => {
    const candidates = candidatesOf([step], { widths, original })
    ok(candidates.length > 0)
    for (const {
      operations: [one],
      descriptor,
    } of candidates) {
      const planned = plannedSize(one ? [one] : [], original)
      ok(planned && `${planned.width}w` === descriptor, descriptor)
      // contain pads to its frame, whose other side follows the ratio of the resize
      if (step.op === 'resize' && step.fit === 'contain') continue
      ok(planned.width <= original.width && planned.height <= original.height)
    }
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }))
})

const descriptors = (operations: readonly OperationStep[], candidates: Candidates) =>
  candidatesOf(operations, candidates).map(one => `${one.descriptor}${spellSteps(one.operations)}`)
const original = { width: 1000, height: 500 }

t.test('candidates end at the size of the original', async t => {
  t.strictSame(descriptors([], { widths: [1600, 400, 1200], original }), [
    '400w_resize_w-400',
    '1000w_resize_w-1000',
  ])
  const square: OperationStep = { op: 'resize', w: 100, h: 100 }
  t.strictSame(descriptors([square], { widths: [250, 750], original }), [
    '250w_resize_w-250,h-250',
    '500w_resize_w-500,h-500',
  ])
  t.strictSame(descriptors([square], { densities: [1, 2, 8], original }), [
    '1x_resize_w-100,h-100',
    '2x_resize_w-100,h-100,dpr-2',
    '5x_resize_w-100,h-100,dpr-5',
  ])
  t.strictSame(descriptors([{ op: 'crop', w: 0.5 }], { widths: [800], original }), [
    '500w_crop_w-0.5_resize_w-500',
  ])
  t.strictSame(descriptors([{ op: 'rotate', a: 90 }], { widths: [800], original }), [
    '500w_rotate_a-90_resize_w-500',
  ])
  t.strictSame(descriptors([{ op: 'resize', enlarge: true }], { widths: [1600], original }), [
    '1600w_resize_w-1600,enlarge-1',
  ])
  t.strictSame(descriptors([], { widths: [1600], original: { ...original, format: 'svg' } }), [
    '1600w_resize_w-1600',
  ])
  t.strictSame(descriptors([{ op: 'trim' }], { widths: [1600], original }), ['1600w_trim_resize_w-1600'])
})

t.test('options that count pixels scale behind the resize, from the size that it has', async t => {
  const decorated: OperationStep[] = [
    { op: 'crop', x: 100, w: 800, h: 400 },
    { op: 'resize', w: 400 },
    { op: 'blur' },
    { op: 'round', r: 'max' },
    { op: 'text', t: 'hi', x: 0.1, y: 20, w: 0.5 },
    { op: 'border', w: 1 },
    { op: 'pad', all: 20, t: 0 },
  ]
  const at = (factor: string) => `_crop_x-100,w-800,h-400_resize_${factor}`
  t.strictSame(descriptors(decorated, { widths: [200, 400, 800] }), [
    `222w${at('w-200_blur_s-1.5_round_r-max_text_t-hi,s-16,x-0.1,y-10,w-0.5_border_w-1_pad_t-0,all-10')}`,
    `442w${at('w-400_blur_round_r-max_text_t-hi,x-0.1,y-20,w-0.5_border_w-1_pad_t-0,all-20')}`,
    `884w${at('w-800_blur_s-6_round_r-max_text_t-hi,s-64,x-0.1,y-40,w-0.5_border_w-2_pad_t-0,all-40')}`,
  ])
  const text: OperationStep[] = [
    { op: 'resize', w: 400, minw: 50 },
    { op: 'text', t: 'hi', s: 20 },
  ]
  t.strictSame(descriptors(text, { densities: [1, 2] }), [
    '1x_resize_w-400,minw-50_text_t-hi,s-20',
    '2x_resize_w-400,dpr-2,minw-50_text_t-hi,s-40',
  ])
  t.strictSame(descriptors([{ op: 'resize', w: 200, dpr: 2 }, ...text.slice(1)], { widths: [200] }), [
    '200w_resize_w-200_text_t-hi,s-10',
  ])
  // as written, the text is drawn on 1000 pixels, because there are no more
  t.strictSame(descriptors([{ op: 'resize', w: 2000 }, ...text.slice(1)], { widths: [500], original }), [
    '500w_resize_w-500_text_t-hi,s-10',
  ])
  t.strictSame(descriptors([{ op: 'resize', h: 250 }, ...text.slice(1)], { widths: [250], original }), [
    '250w_resize_w-250_text_t-hi,s-10',
  ])
  t.strictSame(descriptors([...text.slice(1), { op: 'resize', w: 400 }], { widths: [200] }), [
    '200w_text_t-hi,s-20_resize_w-200',
  ])
})
