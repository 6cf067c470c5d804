import t from 'tap'
import { parseDerivative, parseSteps } from './grammar.ts'
import { printSteps } from './print.ts'
import { table } from './samples.test.data.ts'
import { normalizeStep, type StepInput } from './step.ts'

const names = 'resize, crop, rotate, grayscale, text, overlay, pad'
const formats = 'jpg, png, webp, avif, gif, tiff, jxl, auto, json'
const colours = 'hex digits rgb, rrggbb or rrggbbaa, or transparent'
const word = 'a plain word of a-z and 0-9, or ~ and base64url of UTF-8 with . in place of _, at most 60 bytes'

t.test('an operation that is refused says which token and what was expected', async t => {
  const messages: Record<string, string> = {
    'resize_w-9000': 'resize: w-9000 is out of range: a whole number from 1 to 8192 or auto',
    'resize_w-0': 'resize: w-0 is out of range: a whole number from 1 to 8192 or auto',
    'resize_w-1.5': 'resize: w-1.5 is not valid: a whole number from 1 to 8192 or auto',
    'resize_w-1e3': 'resize: w-1e3 is not valid: a whole number from 1 to 8192 or auto',
    'resize_dpr-9': 'resize: dpr-9 is out of range: a number from 0.1 to 8 with at most 6 decimals',
    'resize_dpr-1.': 'resize: dpr-1. is not valid: a number from 0.1 to 8 with at most 6 decimals',
    'resize_dpr-0.1234567':
      'resize: dpr-0.1234567 is not valid: a number from 0.1 to 8 with at most 6 decimals',
    'crop_x--1.5': 'crop: x--1.5 is not valid: a whole number or a fraction below 1, from -8192 to 8192',
    'crop_ar-16:0':
      'crop: ar-16:0 is not valid: a ratio such as 16:9, each number from 1 to 10000 with at most 2 decimals',
    'resize_fit-fill': 'resize: fit-fill is not valid: one of cover, contain, inside',
    'resize_enlarge-yes': 'resize: enlarge-yes is not valid: 0 or 1',
    'rotate_bg-ffff': `rotate: bg-ffff is not valid: ${colours}`,
    'rotate_bg-TRANSPARENT': `rotate: bg-TRANSPARENT is not valid: ${colours}`,
    'overlay_i-ABCDEF': 'overlay: i-ABCDEF is not valid: an image id of 6 to 32 characters a-z and 0-9',
    'text_t-Hello': `text: t-Hello is not valid: ${word}`,
    'text_t-': `text: t- is not valid: ${word}`,
    'text_t-~': `text: t-~ is not valid: ${word}`,
    'resize_w-300,w-400': 'resize: w-400 repeats the option w',
    'resize_width-300': 'resize: "width" is not an option: expected one of w, h, fit, enlarge, dpr',
    'resize_constructor-1': 'resize: "constructor" is not an option: expected one of w, h, fit, enlarge, dpr',
    'grayscale_x-1': 'grayscale: "x" is not an option: it takes none',
    'resize_w-300,': 'resize: "" is not an option: expected name-value',
    'resize_-300': 'resize: "-300" is not an option: expected name-value',
    'w-300': '"w-300" are options without an operation: expected an operation before them',
    'resize_w-300_h-300':
      '"h-300" are options without an operation: expected them joined to the options before by a comma',
    resize__crop: 'there is an empty token: expected an operation or options between two _',
    Resize: `"Resize" is not an operation: expected one of ${names}`,
    [`a${'b'.repeat(99)}`]: `"a${'b'.repeat(59)}..." is not an operation: expected one of ${names}`,
    'a\n\u00e9': `"a??" is not an operation: expected one of ${names}`,
    [Array(33).fill('grayscale').join('_')]: 'there are too many operations: expected at most 32',
  }
  for (const [text, message] of Object.entries(messages)) {
    t.throws(() => parseSteps(text, table), { code: 'bad-url', message }, text)
  }
})

t.test('a path that is refused says why', async t => {
  const messages: Record<string, string> = {
    '/processed/abcdef/abcdef': `"" is not an extension: expected one of ${formats}`,
    '/processed/abcdef/abcdef.bmp': `"bmp" is not an extension: expected one of ${formats}`,
    '/processed/abcdef/abcdef.JPG': `"JPG" is not an extension: expected one of ${formats}`,
    '/processed/abcde/abcdef.jpg': '"abcde" is no user id: expected 6 to 32 characters a-z and 0-9',
    '/processed/abcdef/ABCDEF.jpg': '"ABCDEF" is no image id: expected 6 to 32 characters a-z and 0-9',
    '/processed/../abcdef.jpg': '".." is no user id: expected 6 to 32 characters a-z and 0-9',
    '/processed/abcdef/x/abcdef.jpg':
      '"/processed/abcdef/x/abcdef.jpg" is not a path of this kind: expected /processed/<userId>/<file>',
    '/processed/abcdef/abcdef%00.jpg':
      '"/processed/abcdef/abcdef%00.jpg" holds a forbidden character: expected letters, digits and _ - . , ~ : /',
    '/processed/abcdef/abcdef%.jpg': '"/processed/abcdef/abcdef%.jpg" is not percent-encoded UTF-8',
  }
  for (const [path, message] of Object.entries(messages)) {
    t.throws(() => parseDerivative(path, table), { code: 'bad-url', message }, path)
  }
})

t.test('JSON is refused with the same messages', async t => {
  const messages: [StepInput, string][] = [
    [{ op: 'resize', w: 9000 }, 'resize: w-9000 is out of range: a whole number from 1 to 8192 or auto'],
    [{ op: 'resize', w: '9000' }, 'resize: w-9000 is out of range: a whole number from 1 to 8192 or auto'],
    [{ op: 'resize', w: null }, 'resize: w-(object) is not valid: a whole number from 1 to 8192 or auto'],
    [
      { op: 'resize', dpr: 1e-7 },
      'resize: dpr-1e-7 is not valid: a number from 0.1 to 8 with at most 6 decimals',
    ],
    [
      { op: 'resize', dpr: Number.NaN },
      'resize: dpr-NaN is not valid: a number from 0.1 to 8 with at most 6 decimals',
    ],
    [{ op: 'text', t: 'a\0b' }, `text: t-(string) is not valid: ${word}`],
    [{ op: 'text', t: '' }, `text: t-(string) is not valid: ${word}`],
    [{ op: 'text', t: '\ud800' }, `text: t-(string) is not valid: ${word}`],
    [{ op: 'none' }, `"none" is not an operation: expected one of ${names}`],
    [
      JSON.parse('{"op":"resize","__proto__":1}'),
      'resize: "__proto__" is not an option: expected one of w, h, fit, enlarge, dpr',
    ],
  ]
  for (const [input, message] of messages) {
    t.throws(() => normalizeStep(input, table), { code: 'bad-url', message })
  }
  t.throws(
    () => normalizeStep({ op: 'text', t: 'é'.repeat(31) }, table),
    { code: 'bad-url' },
    'bytes are counted',
  )
})

t.test('JSON may give numbers as text, flags as numbers and text as it is', async t => {
  const print = (input: StepInput) => printSteps([normalizeStep(input, table)], table)
  t.equal(
    print({ op: 'resize', h: '0300', w: 400, enlarge: 1, fit: undefined }),
    'resize_w-400,h-300,enlarge-1',
  )
  t.equal(print({ op: 'resize', w: 'auto', enlarge: '0' }), 'resize_w-auto')
  t.equal(print({ op: 'crop', x: -0, y: -10 }), 'crop_y--10')
  t.equal(print({ op: 'rotate', a: 12.5, bg: 'FFF' }), 'rotate_a-12.5,bg-fff')
  t.equal(print({ op: 'text', t: 'Hello, wörld?\n' }), 'text_t-~SGVsbG8sIHfDtnJsZD8K')
  t.equal(print({ op: 'text', t: '???>' }), 'text_t-~Pz8.Pg')
  t.equal(print({ op: 'text', t: 'plain' }), 'text_t-plain')
  t.equal(print({ op: 'text', t: '\ufeffbom' }), 'text_t-~77u.Ym9t')
})

t.test('one text has one spelling', async t => {
  const refused = [
    '~Pz9',
    '~Pz8_Pg',
    '~Pz8/Pg',
    '~Pz8.Pg==',
    '~YR',
    '~YW',
    '~_w',
    '~.w',
    '~7aCA',
    '~AA',
    '~Cg0',
    '~woU',
  ]
  t.strictSame(parseSteps('text_t-~cGxhaW4', table), [{ op: 'text', options: { t: 'plain' } }])
  t.strictSame(parseSteps('text_t-~Cg', table), [{ op: 'text', options: { t: '\n' } }])
  for (const token of refused)
    t.throws(() => parseSteps(`text_t-${token}`, table), { code: 'bad-url' }, token)
})
