import sharp from 'sharp'
import t from 'tap'
import { loadOperations } from '../../operations/registry.ts'
import { photograph } from '../../plan/facts.test.data.ts'
import type { ImageFacts } from '../../plan/facts.ts'
import { chooseRungFormat, ladderWidths, rungSize } from '../../plan/ladder.ts'
import { planDerivative } from '../../plan/plan.ts'
import { toPlannedSteps } from '../../plan/planned-steps.ts'
import type { Ladder } from '../../plan/rungs.ts'
import { photo } from '../../test/support/pictures.ts'
import { parseSteps } from '../../url/grammar.ts'
import { ssim } from '../quality/ssim.ts'
import { renderImage } from '../render.ts'
import { buildLadder, decodeRung } from './ladder.ts'

const operations = await loadOperations()
const bounds = { maxPixels: 100_000_000 }
const images = new Map()
/** Odd sides, so that no rung has quite the proportions of the original. */
const size = { width: 2711, height: 1403 }
const original = await photo(size.width, size.height, 3).png({ compressionLevel: 1 }).toBuffer()
const facts: ImageFacts = { ...photograph, ...size, format: 'png', bytes: original.length }
const ladder: Ladder = { format: chooseRungFormat(facts, 'photo'), widths: ladderWidths(facts) }
const rungs = await buildLadder(original, { facts, ...ladder }, bounds)

function plan(steps: string) {
  const planned = toPlannedSteps(operations, parseSteps(steps, operations))
  return planDerivative({ facts, ladder }, planned, 'png')
}

async function luma(file: Buffer) {
  const { data, info } = await sharp(file).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
  return { samples: data, width: info.width, height: info.height }
}

/** A sequence of numbers from 0 to below 1, the same in every run. */
function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

t.test('rungs are pictures of the size that the plan counts on, the largest made first', async t => {
  t.strictSame(
    rungs.map(({ width }) => width),
    [1280, 640],
  )
  for (const { width, data } of rungs) {
    const found = await sharp(data).metadata()
    t.match(found, {
      ...rungSize(facts, width),
      format: 'jpeg',
      chromaSubsampling: '4:4:4',
      hasProfile: false,
    })
    t.notOk(found.exif)
  }
})

t.test(
  'whatever is asked for has the same size from a rung as from the original, and looks the same',
  async t => {
    const random = sequence(5)
    const one = (...of: readonly string[]) => of[Math.floor(random() * of.length)]!
    const whole = (most: number) => 1 + Math.floor(random() * most)
    const scores: number[] = []
    for (let round = 0; round < 60; round++) {
      const before = one(
        '',
        '',
        'flip_d-h_',
        'rotate_a-270_',
        `crop_x-0.${whole(4)},y-0.${whole(4)},w-0.${whole(5)}_`,
      )
      const fit = one('inside', 'cover', 'contain', 'fill', 'outside')
      const sides = one(`w-${whole(400)}`, `h-${whole(400)}`, `w-${whole(400)},h-${whole(400)},fit-${fit}`)
      const steps = `${before}resize_${sides}`
      const planned = plan(steps)
      const from = rungs.find(({ width }) => width === planned.rung?.width)
      if (from === undefined) continue
      const plain = await renderImage({ original, images }, planned, bounds)
      const pixels = await decodeRung(from.data, bounds)
      const climbed = await renderImage({ original: pixels, isRung: true, images }, planned, bounds)
      const expected = { width: planned.width, height: planned.height }
      t.match(plain, expected, steps)
      t.match(climbed, expected, steps)
      scores.push(ssim(await luma(plain.data), await luma(climbed.data)))
    }
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
    t.ok(scores.length > 30, `${scores.length} were rendered from a rung`)
    t.ok(mean >= 0.99, `a mean SSIM of ${mean.toFixed(4)}`)
    t.ok(Math.min(...scores) >= 0.97, `the worst is ${Math.min(...scores).toFixed(4)}`)
  },
)

t.test('a ladder is given up between two rungs', async t => {
  const controller = new AbortController()
  const building = buildLadder(original, { facts, ...ladder }, { ...bounds, signal: controller.signal })
  controller.abort(new Error('enough'))
  await t.rejects(building, { message: 'enough' })
})
