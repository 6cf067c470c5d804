import sharp from 'sharp'
import type { Region } from '../../operations/shapes.ts'
import { type Bench, build } from '../support/build.ts'
import { flat, near, type Pixel, readPixels, sourceKinds } from '../support/pixel-reader.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'

const white = await flat(400, 300, '#fff').removeAlpha().png().toBuffer()
const isInk = ([r, g, b]: Pixel) => r + g + b < 600

/** Uploads a base image once and draws texts on it. */
async function writer(bench: Bench, base = white) {
  const { id: imageId } = await bench.upload(base)
  const get = async (options: object, format = 'png') =>
    bench.get(await bench.sign({ imageId, operations: [{ op: 'text', ...options }], format }))
  const pixels = async (options: object) => readPixels(await bytesOf(await get(options)))
  return { get, pixels, ink: async (options: object) => (await pixels(options)).boxOf(isInk) }
}

const right = ({ left, width }: Region) => left + width
const bottom = ({ top, height }: Region) => top + height

function isBox(t: Test, box: Region | undefined): asserts box is Region {
  t.ok(box, 'text is visible')
  if (box === undefined) throw new Error('no text is visible')
}

t.test('text is drawn at its gravity and offsets, in its colour, size and font', async t => {
  const { ink, pixels } = await writer(await build(t))
  for (const g of ['northwest', 'north', 'northeast', 'west', 'center', 'east', 'southwest', 'southeast']) {
    const box = await ink({ t: 'Ho', s: 40, g, x: 10, y: 20 })
    isBox(t, box)
    if (g.endsWith('west')) t.ok(Math.abs(box.left - 10) <= 1, g)
    else if (g.endsWith('east')) t.ok(Math.abs(right(box) - 390) <= 1, g)
    else t.ok(Math.abs(box.left + box.width / 2 - 210) <= 1, g)
    if (g.startsWith('north')) t.ok(Math.abs(box.top - 20) <= 1, g)
    else if (g.startsWith('south')) t.ok(Math.abs(bottom(box) - 280) <= 1, g)
    else t.ok(Math.abs(box.top + box.height / 2 - 170) <= 1, g)
    // A DejaVu capital is 0.73 em high.
    t.ok(Math.abs(box.height - 0.73 * 40) <= 3, `${box.height} high`)
  }
  const red = await pixels({ t: 'I', s: 200, c: 'f00' })
  t.ok(near(red.at(200, 150), [255, 0, 0, 255], 0), 'has its colour')
  const half = await pixels({ t: 'I', s: 200, c: '0000ff80' })
  t.ok(near(half.at(200, 150), [127, 127, 255, 255], 1), `half transparent: ${half.at(200, 150)}`)
  const widths = new Map<string, number>()
  for (const font of ['sans', 'sans-bold', 'condensed', 'serif', 'mono']) {
    const box = await ink({ t: 'minimal', s: 60, font })
    isBox(t, box)
    widths.set(font, box.width)
  }
  t.equal(new Set(widths.values()).size, 5, `fonts differ: ${[...widths]}`)
  t.ok(widths.get('condensed')! < widths.get('sans')! && widths.get('sans')! < widths.get('sans-bold')!)
  const cut = await ink({ t: '________', s: 200, w: 8000 })
  t.match(cut, { left: 0, width: 400 }, 'text outside the image is cut off')
})

t.test('text wraps, aligns to its side and gets a background box', async t => {
  const { ink, pixels } = await writer(await build(t))
  const words = { t: 'one two three four', s: 30, g: 'west' }
  const [line, wrapped] = [await ink(words), await ink({ ...words, w: 0.3 })]
  isBox(t, line)
  isBox(t, wrapped)
  t.ok(wrapped.width <= 120 && wrapped.height > 2 * line.height, 'by a fraction of the width')
  t.ok((await ink({ ...words, t: 'a\nb\nc' }))!.height > 2 * line.height, 'by newlines')
  t.ok((await ink({ ...words, x: 150 }))!.width <= 100, 'by the width that x leaves')
  const letters = await ink({ t: 'ii\nmmmm', s: 40, g: 'east', x: 20 })
  isBox(t, letters)
  const upper = (await pixels({ t: 'ii\nmmmm', s: 40, g: 'east', x: 20 })).boxOf(isInk)
  t.equal(right(upper!), right(letters))
  for (const text of ['ii\nmmmm', 'שלום\nשלום שלום', 'ab\nמה שלומך היום']) {
    const { at, boxOf } = await pixels({ t: text, s: 40, g: 'east', x: 20 })
    const whole = boxOf(isInk)
    isBox(t, whole)
    const lines = [0, 1].map(half => {
      const middle = whole.top + whole.height / 2
      const columns = Array.from({ length: 400 }, (_, x) => x)
      const rows = Array.from({ length: 300 }, (_, y) => y).filter(y => y < middle === (half === 0))
      return Math.max(...columns.filter(x => rows.some(y => isInk(at(x, y)))))
    })
    t.ok(Math.abs(lines[0]! - lines[1]!) <= 4, `both lines of ${text} end at the right: ${lines}`)
  }
  const boxed = await pixels({ t: 'Ho', s: 30, bg: 'ff0', g: 'northwest', x: 5, y: 6 })
  const plain = await ink({ t: 'Ho', s: 30 })
  const box = boxed.boxOf(([, , b]) => b < 100)
  t.match(box, { left: 5, top: 6 })
  t.ok(Math.abs(box!.width - plain!.width - 20) <= 2, 'with a padding of a third of the size')
  t.ok(Math.abs(box!.height - plain!.height - 20) <= 2)
})

t.test('markup in a text is drawn literally', async t => {
  const { ink, pixels } = await writer(await build(t))
  const x = (await ink({ t: 'x', s: 20 }))!
  const literal = [
    ['<b>x</b>', 6],
    ["<span size='999999'>x</span>", 20],
    ['&lt;', 2],
    ['&#120;', 4],
    ['&bogus; </span> <', 10],
    ['"\'<!--&-->', 5],
  ] as const
  for (const [text, letters] of literal) {
    const box = await ink({ t: text, s: 20 })
    isBox(t, box)
    t.ok(box.width > letters * x.width && box.height < 25, `${text}: ${box.width}x${box.height}`)
  }
  const colored = await pixels({ t: '<span foreground="red">x', s: 20 })
  t.equal(
    colored.boxOf(([r, g]) => r > g + 40),
    undefined,
    'no colour of its own',
  )
  for (const text of ['\u200b', '   ', '\n\n', '\u202e', '\u2068\u2069', '\u2028']) {
    t.equal(await ink({ t: text, s: 20 }), undefined, `nothing visible in ${encodeURIComponent(text)}`)
  }
  for (const text of [
    '漢字',
    '😀👩‍👩‍👧',
    `e${'\u0301'.repeat(60)}`,
    '\u202eabc',
    'a\u2069b\u2068c',
    '\uffff',
  ]) {
    isBox(t, await ink({ t: text, s: 20 }))
  }
})

t.test('text is drawn on every kind of image', async t => {
  const bench = await build(t)
  for (const [name, base] of Object.entries(await sourceKinds(60, 40))) {
    const plain = await readPixels(base)
    const { get } = await writer(bench, base)
    const options = { t: 'I', s: 80, c: 'f00', font: 'sans-bold' }
    const result = await readPixels(await bytesOf(await get(options)))
    t.ok(near(result.at(30, 20), [255, 0, 0, 255], 2), `${name}: ${result.at(30, 20)}`)
    t.ok(near(result.at(2, 2), plain.at(2, 2), 2), `${name} beside the text`)
    if (name !== 'animated') continue
    const moving = await bytesOf(await get(options, 'gif'))
    t.equal((await sharp(moving).metadata()).pages, 3)
    t.ok(near((await readPixels(moving, 2)).at(30, 20), [255, 0, 0], 12), 'on every frame')
  }
})

t.test('an invalid text is rejected before anything is rendered', async t => {
  const bench = await build(t)
  const { id: imageId } = await bench.upload(white)
  const sign = (options: object) =>
    bench.get('/api/v1/sign', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ imageId, operations: [{ op: 'text', ...options }], format: 'png' }),
    })
  const rejected: [options: object, names: RegExp][] = [
    [{}, /text: t is required/],
    [{ t: 'W'.repeat(300), s: 1000 }, /text: s-1000 is too large/],
    [{ t: `a${'\n'.repeat(400)}b`, s: 200 }, /text: s-200 is too large/],
    [{ t: 'W'.repeat(512), s: 400, w: 8192 }, /text: s-400 is too large/],
    [{ t: 'a'.repeat(513) }, /text: t is too long, expected a text of at most 512 bytes/],
    [{ t: 'a\0b' }, /text: t-/],
    [{ t: 'a\u001bb' }, /text: t-/],
    [{ t: 'x', s: 1_000_000 }, /text: s-1000000 is out of range/],
    [{ t: 'x', s: 0 }, /text: s-0 is out of range/],
    [{ t: 'x', font: 'arial' }, /text: font-arial is invalid/],
    [{ t: 'x', font: '../../etc/passwd' }, /text: font-/],
    [{ t: 'x', c: 'red' }, /text: c-red/],
    [{ t: 'x', g: 'face' }, /text: g-face is invalid/],
  ]
  for (const [options, names] of rejected) {
    t.match(await isProblemResponse(t, await sign(options), 'bad-url', JSON.stringify(options)), names)
  }
  t.equal(await bench.metric('darkroom_development_seconds_count'), 0)
})
