import t from 'tap'
import { photograph } from './facts.test.data.ts'
import type { ImageFacts } from './facts.ts'
import {
  type AcceptedTypes,
  acceptAnything,
  type ContentTraits,
  chooseFormat,
  isGraphic,
} from './format-choice.ts'
import { outputFormats } from './formats.ts'

const photo: ContentTraits = { alpha: false, animated: false, graphic: false }
const graphic: ContentTraits = { ...photo, graphic: true }
const clear: ContentTraits = { ...photo, alpha: true }
const movie: ContentTraits = { alpha: true, animated: true, graphic: true }

const accepts = (named: Record<string, number>, others = 0): AcceptedTypes => ({
  named: new Map(Object.entries(named)),
  others,
})

/** What a photo, a drawing, a transparent picture and an animation become. */
const choices = (accepted: AcceptedTypes) =>
  [photo, graphic, clear, movie].map(content => chooseFormat('auto', accepted, content)).join(' ')

t.test('a client that names nothing gets what every client shows', async t => {
  t.equal(choices(acceptAnything), 'jpg png png gif')
  t.equal(choices(accepts({ 'image/*': 1 }, 1)), 'jpg png png gif')
  t.equal(choices(accepts({ 'text/html': 1 })), 'jpg png png gif', 'nothing that there is')
})

t.test('the most wanted format wins, and the smallest among equals', async t => {
  t.equal(choices(accepts({ 'image/avif': 1, 'image/webp': 1 }, 1)), 'avif avif avif webp')
  t.equal(choices(accepts({ 'image/avif': 0.5, 'image/webp': 0.9 }, 0.1)), 'webp webp webp webp')
  t.equal(choices(accepts({ 'image/webp': 0.5 }, 0.8)), 'jpg png png gif')
  t.equal(choices(accepts({ 'image/jpeg': 1 }, 0.5)), 'jpg jpg png gif', 'transparency is not given up')
  t.equal(choices(accepts({ 'image/png': 1 }, 0.5)), 'png png png gif')
  t.equal(choices(accepts({ 'image/avif': 1 }, 0.1)), 'avif avif avif gif', 'movement is not given up')
})

t.test('a refusal holds as long as there is something else', async t => {
  t.equal(choices(accepts({ 'image/avif': 0, 'image/webp': 0 }, 1)), 'jpg png png gif')
  t.equal(choices(accepts({ 'image/png': 0 }, 1)), 'jpg jpg jpg gif', 'white where it was transparent')
  t.equal(choices(accepts({ 'image/jpeg': 0 }, 1)), 'png png png gif')
  t.equal(choices(accepts({ 'image/png': 0, 'image/jpeg': 0 }, 1)), 'gif gif gif gif')
  t.equal(choices(accepts({ 'image/gif': 0 }, 1)), 'jpg png png gif', 'an animation stays one')
  t.equal(choices(accepts({ 'image/png': 0 })), 'jpg png png gif', 'nothing is accepted: a sane default')
  t.equal(choices(accepts({}, 0)), 'jpg png png gif')
})

t.test('JPEG XL goes first where it can be written and is wanted no less', async t => {
  const written = 'jxl' in outputFormats ? 'jxl' : 'avif'
  const named = { 'image/jxl': 1, 'image/avif': 1 }
  t.equal(chooseFormat('auto', accepts(named, 1), photo), written)
  t.equal(chooseFormat('auto', accepts({ ...named, 'image/jxl': 0.9 }, 1), photo), 'avif')
  t.equal(chooseFormat('auto', accepts({ 'image/jxl': 1 }, 1), movie), 'gif')
})

t.test('an extension is what it says, or is refused', async t => {
  t.equal(chooseFormat('gif', accepts({ 'image/avif': 1 }), photo), 'gif')
  t.equal(chooseFormat('jpg', accepts({ 'image/jpeg': 0 }), movie), 'jpg')
  t.throws(() => chooseFormat('json', acceptAnything, photo), {
    code: 'bad-url',
    message: /json cannot be written/,
  })
})

t.test('a drawing is known by its pixels, or else by its file', async t => {
  const facts: ImageFacts = { ...photograph, format: 'png', width: 100, height: 100, bytes: 2_000 }
  t.ok(isGraphic(facts))
  t.notOk(isGraphic({ ...facts, bytes: 15_000 }), 'a photograph as PNG')
  t.notOk(isGraphic({ ...facts, format: 'jpg' }))
  t.ok(isGraphic({ ...facts, format: 'gif', bytes: 15_000 }))
  t.notOk(isGraphic(facts, 'photo'))
  t.ok(isGraphic({ ...facts, format: 'jpg' }, 'graphic'))
})
