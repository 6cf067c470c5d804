import t from '../test/support/tap.ts'
import { extract, generate, transform } from './unpic.ts'

const query = '?e=1800000000&k=key1&p=web&s=abc'
const urlOf = (rest: string) => `https://i.example.com/cdn/processed/abcdef/ghijkl${rest}${query}`

t.test('modifiers replace operations in place', async t => {
  const cases: [from: string, modifiers: Parameters<typeof transform>[1], to: string][] = [
    ['.auto', {}, '.auto'],
    ['.auto', { width: 300 }, '_resize_w-300.auto'],
    ['.auto', { width: '300', height: 199.6 }, '_resize_w-300,h-200.auto'],
    ['.auto', { height: 300 }, '_resize_h-300.auto'],
    ['.auto', { fit: 'cover' }, '.auto'],
    ['.auto', { width: '', height: undefined, quality: '', format: '', fit: '' }, '.auto'],
    ['_resize_w-400.webp', { height: 300 }, '_resize_h-300.webp'],
    ['_resize_h-400.webp', { width: 300 }, '_resize_w-300.webp'],
    ['_resize_w-400,h-200.webp', { width: 100 }, '_resize_w-100,h-50.webp'],
    ['_resize_w-400,h-200.webp', { height: 100 }, '_resize_w-200,h-100.webp'],
    ['_resize_w-8000,h-1.webp', { width: 16 }, '_resize_w-16,h-1.webp'],
    ['_resize_w-400,h-200,g-face.webp', { width: 90, height: 90 }, '_resize_w-90,h-90,g-face.webp'],
    [
      '_resize_w-400,h-200.jpg',
      { fit: 'contain', background: '#FF0000' },
      '_resize_w-400,h-200,fit-contain,bg-ff0000.jpg',
    ],
    [
      '_flip_resize_w-400_sharpen.jpg',
      { width: 90, gravity: 'face' },
      '_flip_resize_w-90,g-face_sharpen.jpg',
    ],
    ['_preset_n-thumb.auto', { width: 90 }, '_preset_n-thumb_resize_w-90.auto'],
    ['_encode_q-80,effort-9_flip.auto', { quality: 50 }, '_encode_q-50,effort-9_flip.auto'],
    ['_flip.auto', { quality: '50', format: 'jpeg' }, '_flip_encode_q-50.jpg'],
    ['_blur_s-2.auto', { blur: 0.5, format: 'avif' }, '_blur_s-0.5.avif'],
    ['_flip.auto', { operations: [{ op: 'sepia' }], width: 90 }, '_sepia_resize_w-90.auto'],
  ]
  for (const [from, modifiers, to] of cases) t.equal(transform(urlOf(from), modifiers), urlOf(to), to)
})

t.test('an unknown option is rejected by name', async t => {
  const cases: [modifiers: Parameters<typeof transform>[1], message: RegExp][] = [
    [{ width: 9000 }, /w-9000 is out of range/],
    [{ width: 'wide' }, /resize: w-wide/],
    [{ quality: Number.NaN }, /encode: q-/],
    [{ width: 90, fit: 'stretch' }, /fit-stretch/],
    [{ width: 90, background: 'url(x)' }, /bg-url/],
    [{ format: 'bmp' }, /unknown extension "bmp"/],
  ]
  for (const [modifiers, message] of cases)
    t.throws(() => transform(urlOf('.auto'), modifiers), { code: 'bad-url', message })
  t.throws(() => transform(urlOf('_enlarge_w-3.auto'), {}), { code: 'bad-url' })
})

t.test('other URLs are returned unchanged', async t => {
  const others = [
    '',
    '/logo.svg',
    'https://cdn.example.com/a.jpg?p=1&p=2&s=3&s=4',
    '/processed/abcdef/ghijkl.auto',
    '/processed/abcdef/ghijkl.auto?k=key1&s=abc',
    '/processed/abcdef/ghijkl.auto?p=web',
    '/processed/a/b.auto?p=web&s=abc',
    '/raw/abcdef/ghijkl-orig.jpg?p=web&s=abc',
  ]
  for (const other of others) {
    t.equal(transform(other, { width: 90 }), other)
    t.equal(extract(other), null, other)
    t.throws(() => generate(other, { width: 90 }), { code: 'bad-request' }, other)
  }
})

t.test('a path gets the base URL, an absolute URL keeps its own', async t => {
  const path = `/processed/abcdef/ghijkl.auto${query}`
  const baseUrl = 'https://other.example.com/'
  t.equal(transform(path, { width: 90 }), `/processed/abcdef/ghijkl_resize_w-90.auto${query}`)
  t.equal(
    generate(path, { width: 90 }, { baseUrl }),
    `https://other.example.com/processed/abcdef/ghijkl_resize_w-90.auto${query}`,
  )
  t.equal(transform(urlOf('.auto'), { width: 90 }, { baseUrl }), urlOf('_resize_w-90.auto'))
  t.equal(
    transform(`${urlOf('.auto')}&utm=x#top`, { width: 90 }),
    urlOf('_resize_w-90.auto'),
    'unsigned parameters and the fragment are dropped',
  )
})

t.test('extract and generate are inverse', async t => {
  for (const rest of ['.auto', '_flip_resize_w-400,h-200,fit-contain_encode_q-70.webp', '_text_t-~SGk.png']) {
    const { src, operations, options } = extract(urlOf(rest))!
    t.equal(src, urlOf('.auto'))
    t.strictSame(options, { baseUrl: 'https://i.example.com/cdn' })
    t.equal(generate(src, operations), urlOf(rest))
  }
  t.strictSame(extract(urlOf('_resize_w-400_encode_q-auto.auto'))?.operations, {
    width: 400,
    operations: [
      { w: 400, op: 'resize' },
      { q: 'auto', op: 'encode' },
    ],
  })
})
