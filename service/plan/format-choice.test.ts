import t from '../test/support/tap.ts'
import { photograph } from './facts.test.data.ts'
import type { ImageFacts } from './facts.ts'
import {
  type AcceptedTypes,
  acceptAnything,
  type ContentTraits,
  chooseFormat,
  isGraphic,
} from './format-choice.ts'

const photo: ContentTraits = {
  alpha: false,
  animated: false,
  graphic: false,
  lossless: false,
  drawn: false,
  bilevel: false,
  pixels: 1e6,
  annotated: false,
}
const graphic: ContentTraits = { ...photo, graphic: true, drawn: true }
const transparent: ContentTraits = { ...photo, alpha: true }
const animation: ContentTraits = { ...graphic, alpha: true, animated: true }

const accepts = (named: Record<string, number>, others = 0): AcceptedTypes => ({
  named: new Map(Object.entries(named)),
  others,
})

/** The formats of a photo, a graphic, a transparent image and an animation. */
const choices = (accepted: AcceptedTypes) =>
  [photo, graphic, transparent, animation].map(content => chooseFormat('auto', accepted, content)).join(' ')

t.test('a client that names no format gets one that every client supports', async t => {
  t.equal(choices(acceptAnything), 'jpg png png gif')
  t.equal(choices(accepts({ 'image/*': 1 }, 1)), 'jpg png png gif')
  t.equal(choices(accepts({ 'text/html': 1 })), 'jpg png png gif', 'no image type')
})

t.test('the format with the highest weight wins', async t => {
  t.equal(choices(accepts({ 'image/avif': 1, 'image/webp': 1 }, 1)), 'avif avif avif webp')
  t.equal(choices(accepts({ 'image/avif': 0.5, 'image/webp': 0.9 }, 0.1)), 'webp webp webp webp')
  t.equal(choices(accepts({ 'image/webp': 0.5 }, 0.8)), 'jpg png png gif')
  t.equal(choices(accepts({ 'image/jpeg': 1 }, 0.5)), 'jpg jpg png gif', 'keeps transparency')
  t.equal(choices(accepts({ 'image/png': 1 })), 'png png png gif', 'nothing but PNG')
  t.equal(choices(accepts({ 'image/png': 1, 'image/jpeg': 0.9 }, 0.5)), 'png png png gif')
  t.equal(choices(accepts({ 'image/avif': 1 }, 0.1)), 'avif avif avif gif', 'keeps the animation')
})

t.test('an old browser that names PNG before any other type gets JPEG for a photograph', async t => {
  t.equal(choices(accepts({ 'image/png': 1, 'image/svg+xml': 1 }, 0.8)), 'jpg png png gif')
  t.equal(choices(accepts({ 'image/png': 1, 'image/webp': 1 }, 0.8)), 'webp webp webp webp')
})

/** A client that names all modern formats with one weight, as current Chromium and Safari do. */
const all = accepts({ 'image/jxl': 1, 'image/avif': 1, 'image/webp': 1 }, 0.8)

t.test('of equally preferred formats, auto takes the one that suits the content best', async t => {
  const icon = { ...transparent, pixels: 64 * 64 }
  t.equal(choices(all), 'avif avif avif webp', 'AVIF with loss')
  t.equal(chooseFormat('auto', all, icon), 'webp', 'WebP for an icon')
  t.equal(chooseFormat('auto', all, { ...graphic, bilevel: true }), 'webp', 'WebP for black and white')
  const withoutLoss = [photo, graphic, transparent].map(content => ({ ...content, lossless: true }))
  t.strictSame(
    withoutLoss.map(content => chooseFormat('auto', all, content)),
    ['jxl', 'webp', 'jxl'],
    'JPEG XL or WebP without loss',
  )
})

t.test('a client that lacks AVIF gets JPEG XL for photographs and WebP for drawings', async t => {
  const named = { 'image/jxl': 1, 'image/webp': 1 }
  t.equal(choices(accepts(named, 1)), 'jxl webp jxl webp')
  t.equal(chooseFormat('auto', accepts({ ...named, 'image/jxl': 0.9 }, 1), photo), 'webp')
  t.equal(chooseFormat('auto', accepts({ 'image/jxl': 1 }, 1), animation), 'gif')
})

t.test('the analysis of the pixels changes no modern format', async t => {
  for (const content of [photo, graphic, transparent, { ...photo, lossless: true }])
    t.equal(
      chooseFormat('auto', all, content),
      chooseFormat('auto', all, { ...content, graphic: !content.graphic }),
    )
})

t.test('JPEG XL is left out where it loses a profile or metadata, or its encoder lacks memory', async t => {
  const lossless = { ...photo, lossless: true }
  t.equal(chooseFormat('auto', all, lossless), 'jxl')
  t.equal(chooseFormat('auto', all, { ...lossless, pixels: 24e6 }), 'webp')
  t.equal(chooseFormat('auto', all, { ...lossless, annotated: true }), 'webp')
})

t.test('a format with weight 0 is avoided while there is an alternative', async t => {
  t.equal(choices(accepts({ 'image/avif': 0, 'image/webp': 0 }, 1)), 'jpg png png gif')
  t.equal(choices(accepts({ 'image/png': 0 }, 1)), 'jpg jpg jpg gif', 'loses transparency')
  t.equal(choices(accepts({ 'image/jpeg': 0 }, 1)), 'png png png gif')
  t.equal(choices(accepts({ 'image/png': 0, 'image/jpeg': 0 }, 1)), 'gif gif gif gif')
  t.equal(choices(accepts({ 'image/gif': 0 }, 1)), 'jpg png png gif', 'keeps the animation')
  t.equal(
    choices(accepts({ 'image/png': 0 })),
    'jpg png png gif',
    'nothing is acceptable, so the default is used',
  )
  t.equal(choices(accepts({}, 0)), 'jpg png png gif')
})

t.test('an explicit extension is used as it is, or rejected when it is not an image format', async t => {
  t.equal(chooseFormat('gif', accepts({ 'image/avif': 1 }), photo), 'gif')
  t.equal(chooseFormat('jpg', accepts({ 'image/jpeg': 0 }), animation), 'jpg')
  t.throws(() => chooseFormat('json', acceptAnything, photo), {
    code: 'bad-url',
    message: /extension json is not an image format/,
  })
})

t.test('a graphic is recognised by its analysis, or else by its file', async t => {
  const facts: ImageFacts = { ...photograph, format: 'png', width: 100, height: 100, bytes: 2_000 }
  t.ok(isGraphic(facts))
  t.notOk(isGraphic({ ...facts, bytes: 15_000 }), 'a photograph as PNG')
  t.notOk(isGraphic({ ...facts, format: 'jpg' }))
  t.ok(isGraphic({ ...facts, format: 'gif', bytes: 15_000 }))
  t.notOk(isGraphic(facts, 'photo'))
  t.ok(isGraphic({ ...facts, format: 'jpg' }, 'graphic'))
})
