import sharp from 'sharp'
import { loadOperations } from '../../operations/registry.ts'
import { photograph } from '../../plan/facts.test.data.ts'
import type { ImageFacts } from '../../plan/facts.ts'
import { chooseRungFormat, ladderWidths, rungSize } from '../../plan/ladder.ts'
import { planDerivative } from '../../plan/plan.ts'
import { toPlannedSteps } from '../../plan/planned-steps.ts'
import type { Ladder } from '../../plan/rungs.ts'
import { photo } from '../../test/support/pictures.ts'
import t from '../../test/support/tap.ts'
import { parseSteps } from '../../url/grammar.ts'
import { ssim } from '../quality/ssim.ts'
import { renderImage } from '../render.ts'
import { buildLadder, decodeCopy, decodeRung } from './ladder.ts'

const operations = await loadOperations()
const limits = { maxPixels: 100_000_000 }
const images = new Map()
/** Odd sides, so that no rung has exactly the proportions of the original. */
const size = { width: 2711, height: 1403 }
const original = await photo(size.width, size.height, 3).png({ compressionLevel: 1 }).toBuffer()
const facts: ImageFacts = { ...photograph, ...size, format: 'png', bytes: original.length }
const ladder: Ladder = { format: chooseRungFormat(facts, 'photo'), widths: ladderWidths(facts) }
const rungs = await buildLadder(original, { facts, ...ladder }, limits)

function plan(steps: string) {
  const planned = toPlannedSteps(operations, parseSteps(steps, operations))
  return planDerivative({ facts, ladder }, planned, 'png')
}

async function luma(file: Buffer) {
  const { data, info } = await sharp(file).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
  return { samples: data, width: info.width, height: info.height }
}

/** A deterministic sequence of pseudo-random numbers from 0 to below 1. */
function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

t.test('rungs have the sizes that the plan expects, largest first', async t => {
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

t.test('a render from a rung has the same size and look as one from the original', async t => {
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
    const rung = rungs.find(({ width }) => width === planned.rung?.width)
    if (rung === undefined) continue
    const fromOriginal = await renderImage({ original, images }, planned, limits)
    const pixels = await decodeRung(rung.data, limits)
    const fromRung = await renderImage({ original: pixels, pixelsOf: 'rung', images }, planned, limits)
    const expected = { width: planned.width, height: planned.height }
    t.match(fromOriginal, expected, steps)
    t.match(fromRung, expected, steps)
    scores.push(ssim(await luma(fromOriginal.data), await luma(fromRung.data)))
  }
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
  t.ok(scores.length > 30, `${scores.length} were rendered from a rung`)
  t.ok(mean >= 0.99, `a mean SSIM of ${mean.toFixed(4)}`)
  t.ok(Math.min(...scores) >= 0.97, `the worst SSIM is ${Math.min(...scores).toFixed(4)}`)
})

t.test('a render from a shared copy has the same size and look as one from the original', async t => {
  for (const steps of [
    'resize_w-301',
    'resize_w-901',
    'crop_x-0.3,w-0.4_resize_w-120,h-77',
    'rotate_a-90_resize_h-500',
    'sharpen_s-1',
  ]) {
    const planned = planDerivative(
      { facts },
      toPlannedSteps(operations, parseSteps(steps, operations)),
      'png',
    )
    const copy = { facts, width: planned.sharedCopy!.width, height: planned.sharedCopy!.height }
    const pixels = await decodeCopy(original, copy, limits)
    const fromOriginal = await renderImage({ original, images }, planned, limits)
    const fromCopy = await renderImage({ original: pixels, pixelsOf: 'sharedCopy', images }, planned, limits)
    t.match(fromCopy, { width: planned.width, height: planned.height }, steps)
    const score = ssim(await luma(fromOriginal.data), await luma(fromCopy.data))
    t.ok(score >= 0.99, `${steps}: ${score.toFixed(4)}`)
  }
})

t.test('building a ladder is aborted between two rungs', async t => {
  const controller = new AbortController()
  const building = buildLadder(original, { facts, ...ladder }, { ...limits, signal: controller.signal })
  controller.abort(new Error('enough'))
  await t.rejects(building, { message: 'enough' })
})
