import { loadOperations } from '../operations/registry.ts'
import t from '../test/support/tap.ts'
import { parseSteps } from '../url/grammar.ts'
import { photograph } from './facts.test.data.ts'
import type { ImageFacts } from './facts.ts'
import type { OutputFormat } from './formats.ts'
import { chooseRungFormat, ladderWidths, rungSize } from './ladder.ts'
import { type Plan, planDerivative } from './plan.ts'
import { toPlannedSteps } from './planned-steps.ts'
import type { Ladder } from './rungs.ts'

const operations = await loadOperations()

const facts: ImageFacts = {
  ...photograph,
  format: 'png',
  width: 6000,
  height: 4000,
  profile: 'srgb',
  bytes: 30_000_000,
}
const ladder: Ladder = { format: 'jpg', widths: [640, 1280, 2560] }

interface Source {
  readonly format?: OutputFormat
  readonly of?: ImageFacts
  readonly rungs?: Ladder | undefined
}

function plan(steps: string, { format = 'jpg', of = facts, rungs = ladder }: Source = {}): Plan {
  const planned = toPlannedSteps(operations, parseSteps(steps, operations))
  return planDerivative({ facts: of, ladder: rungs }, planned, format)
}

t.test('rungs are built for images that are slow to decode', async t => {
  const widths = (change: Partial<ImageFacts>) => ladderWidths({ ...facts, ...change })
  t.strictSame(widths({}), [640, 1280, 2560])
  t.strictSame(widths({ width: 5119 }), [640, 1280], 'at most half the original')
  t.strictSame(widths({ width: 1279 }), [])
  t.strictSame(widths({ width: 5120, height: 19_500 }), [640, 1280], 'at most 12 megapixels')
  t.strictSame(widths({ format: 'jpg', width: 3000, height: 2000 }), [], 'a small baseline JPEG')
  t.strictSame(widths({ format: 'jpg', width: 3000, height: 2000, progressive: true }), [640, 1280])
  t.strictSame(widths({ format: 'jpg', width: 4000, height: 3000 }), [640, 1280], 'a large baseline JPEG')
  t.strictSame(widths({ format: 'gif', width: 4000, pages: 2 }), [], 'an animation')
  t.strictSame(widths({ format: 'svg', vector: true }), [])
  t.strictSame(
    widths({
      format: 'pdf',
      pages: 2,
      pageSizes: [
        [1400, 900],
        [9000, 900],
      ],
    }),
    [640],
    'the first page',
  )
  t.strictSame(rungSize({ ...facts, height: 1 }, 640), { width: 640, height: 1 })
  t.equal(chooseRungFormat(facts, 'photo'), 'jpg')
  t.equal(chooseRungFormat(facts, 'graphic'), 'png')
  t.equal(chooseRungFormat({ ...facts, alpha: true }, 'photo'), 'png')
})

t.test('the smallest rung that is at least twice as wide and high as the result is read', async t => {
  for (const [steps, width] of [
    ['resize_w-320', 640],
    ['resize_w-322', 1280],
    ['resize_w-640', 1280],
    ['resize_w-1280', 2560],
    ['resize_w-1281', undefined],
    ['resize_w-300,h-300', 1280],
    ['resize_w-300,h-300,g-smart', 1280],
    ['resize_w-300,h-200,g-entropy', 640],
    ['resize_w-400,h-100,fit-fill', 1280],
    ['resize_w-300,h-300,fit-contain_blur_s-4', 640],
    ['resize_w-300_trim', 640],
    ['flip_d-h_resize_w-300', 640],
    ['rotate_a-90_resize_w-200', 640],
    ['rotate_a-90_resize_w-300', 1280],
    ['crop_w-0.5,h-0.5_resize_w-160', 1280],
    ['crop_w-0.5,h-0.5_resize_w-162', 2560],
    ['crop_w-0.5,h-0.5_rotate_a-270_flip_d-v_resize_w-100', 1280],
    ['crop_x-10,y-10,w-1,h-1', undefined],
    ['crop_x-10,y-10,w-1,h-1_resize_w-1', undefined],
    ['placeholder', 640],
  ] as const) {
    t.equal(plan(steps).rung?.width, width, steps)
  }
})

t.test('operations and settings that need the original do not read a rung', async t => {
  for (const steps of [
    'trim_resize_w-100',
    'blur_s-3_resize_w-100',
    'rotate_a-10_resize_w-100',
    'grayscale_resize_w-100',
    'pad_all-10_resize_w-100',
    'resize_w-100,kernel-nearest',
    'crop_ar-1:1,g-smart_resize_w-100',
    'resize_w-100_encode_lossless-1',
    'resize_w-100_encode_near-60',
    'resize_w-100_encode_meta-keep',
    'resize_w-100_encode_profile-p3',
    'resize_w-100_encode_profile-keep',
    'grayscale',
  ]) {
    t.equal(plan(steps, { format: 'webp' }).rung, undefined, steps)
  }
  const pages = { ...facts, format: 'tiff', pages: 3 } as const
  t.equal(plan('page_n-2_resize_w-100', { of: pages }).rung, undefined, 'another page')
  t.equal(plan('resize_w-100', { of: pages }).rung?.width, 640)
  t.ok(plan('resize_w-100_encode_meta-copyright').rung, 'copyright and author come from the facts')
})

t.test('a rung changes the source and the cost, and nothing else', async t => {
  const steps = 'crop_x-0.25,w-0.5_resize_w-200,h-100'
  const { rung, costMs, ...onRung } = plan(steps)
  const { costMs: fullCost, ...plain } = plan(steps, { rungs: { format: 'jpg', widths: [] } })
  const names = ({ passes }: Pick<Plan, 'passes'>) => passes.map(pass => pass.map(({ name }) => name))
  t.strictSame(names(onRung), names(plain))
  t.strictSame(names(rung!.sequence), [['extract 1280x1707+640+0', 'scale 200x267', 'extract 200x100+0+84']])
  t.match(rung!.sequence, { width: 200, height: 100, alpha: false })
  t.ok(costMs < fullCost / 5, `${costMs} is not much less than ${fullCost}`)
})

t.test('renders share a copy of an image that is slow to decode: half as wide if that is enough', async t => {
  const none = { rungs: { format: 'jpg' as const, widths: [] } }
  const { width } = facts
  for (const [steps, copy] of [
    ['resize_w-300', Math.floor(width / 2)],
    [`resize_w-${Math.floor(width / 3)}`, Math.floor(width / 2)],
    ['crop_x-0.25,w-0.5_resize_w-200', Math.floor(width / 2)],
    ['resize_w-300_encode_lossless-1', undefined],
    ['resize_w-300_encode_meta-keep', undefined],
  ] as const)
    t.equal(plan(steps, none).sharedCopy?.width, copy, steps)
  t.equal(plan('resize_w-300').sharedCopy, undefined, 'a rung is better')
  const small = { ...facts, width: 1600, height: 1200 }
  t.equal(plan('resize_w-300', { ...none, of: small }).sharedCopy, undefined, 'decoded quickly')
  const medium = { ...facts, width: 3800, height: 3000 }
  t.equal(plan('resize_w-1500', { ...none, of: medium }).sharedCopy?.width, 3800, 'more than a third')
  t.equal(plan('blur_s-3', { ...none, of: medium }).sharedCopy?.width, 3800, 'as large as the original')
  t.equal(plan('resize_w-1500', { ...none, of: { ...medium, space: 'grey16' } }).sharedCopy, undefined)
})
