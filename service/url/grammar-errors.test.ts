import t from '../test/support/tap.ts'
import { parseDerivative, parseSteps } from './grammar.ts'
import { parseJsonStep } from './json-step.ts'
import { printSteps } from './print.ts'
import { table } from './samples.test.data.ts'
import { normalizeStep, type StepInput } from './step.ts'

const names = 'resize, crop, rotate, grayscale, text, overlay, pad'
const formats = 'jpg, png, webp, avif, gif, tiff, jxl, auto, json'
const colours = 'a hex colour rgb, rrggbb or rrggbbaa, or transparent'
const word =
  'a word of a-z and 0-9, or ~ followed by base64url of UTF-8 with . instead of _, at most 60 bytes'

t.test('an error for an operation names the token and what is expected', async t => {
  const messages: Record<string, string> = {
    'resize_w-9000': 'resize: w-9000 is out of range, expected an integer from 1 to 8192 or auto',
    'resize_w-0': 'resize: w-0 is out of range, expected an integer from 1 to 8192 or auto',
    'resize_w-1.5': 'resize: w-1.5 is invalid, expected an integer from 1 to 8192 or auto',
    'resize_w-1e3': 'resize: w-1e3 is invalid, expected an integer from 1 to 8192 or auto',
    'resize_dpr-9': 'resize: dpr-9 is out of range, expected a number from 0.1 to 8 with at most 6 decimals',
    'resize_dpr-1.': 'resize: dpr-1. is invalid, expected a number from 0.1 to 8 with at most 6 decimals',
    'resize_dpr-0.1234567':
      'resize: dpr-0.1234567 is invalid, expected a number from 0.1 to 8 with at most 6 decimals',
    'crop_x--1.5': 'crop: x--1.5 is invalid, expected an integer or a fraction below 1, from -8192 to 8192',
    'crop_ar-16:0':
      'crop: ar-16:0 is invalid, expected a ratio such as 16:9, both numbers from 1 to 10000 with at most 2 decimals',
    'resize_fit-fill': 'resize: fit-fill is invalid, expected one of cover, contain, inside',
    'resize_enlarge-yes': 'resize: enlarge-yes is invalid, expected 0 or 1',
    'rotate_bg-ffff': `rotate: bg-ffff is invalid, expected ${colours}`,
    'rotate_bg-TRANSPARENT': `rotate: bg-TRANSPARENT is invalid, expected ${colours}`,
    'overlay_i-ABCDEF':
      'overlay: i-ABCDEF is invalid, expected an image id of 6 to 32 characters a-z and 0-9',
    'text_t-Hello': `text: t-Hello is invalid, expected ${word}`,
    'text_t-': `text: t- is invalid, expected ${word}`,
    'text_t-~': `text: t-~ is invalid, expected ${word}`,
    'resize_w-300,w-400': 'resize: w-400 repeats option w, expected each option once',
    'resize_width-300': 'resize: unknown option "width", expected one of w, h, fit, enlarge, dpr',
    'resize_constructor-1': 'resize: unknown option "constructor", expected one of w, h, fit, enlarge, dpr',
    'grayscale_x-1': 'grayscale: unknown option "x", expected no options',
    'resize_w-300,': 'resize: invalid option "", expected name-value',
    'resize_-300': 'resize: invalid option "-300", expected name-value',
    'w-300': 'options "w-300" have no operation, expected an operation before them',
    'resize_w-300_h-300':
      'options "h-300" have no operation, expected a comma between them and the previous options',
    resize__crop: 'empty token after _, expected an operation or options',
    Resize: `unknown operation "Resize", expected one of ${names}`,
    [`a${'b'.repeat(99)}`]: `unknown operation "a${'b'.repeat(59)}...", expected one of ${names}`,
    'a\n\u00e9': `unknown operation "a??", expected one of ${names}`,
    [Array(33).fill('grayscale').join('_')]: 'too many operations, expected at most 32',
  }
  for (const [text, message] of Object.entries(messages)) {
    t.throws(() => parseSteps(text, table), { code: 'bad-url', message }, text)
  }
})

t.test('an error for a path says why', async t => {
  const messages: Record<string, string> = {
    '/processed/abcdef/abcdef': `unknown extension "", expected one of ${formats}`,
    '/processed/abcdef/abcdef.bmp': `unknown extension "bmp", expected one of ${formats}`,
    '/processed/abcdef/abcdef.JPG': `unknown extension "JPG", expected one of ${formats}`,
    '/processed/abcde/abcdef.jpg': 'invalid user id "abcde", expected 6 to 32 characters a-z and 0-9',
    '/processed/abcdef/ABCDEF.jpg': 'invalid image id "ABCDEF", expected 6 to 32 characters a-z and 0-9',
    '/processed/../abcdef.jpg': 'invalid user id "..", expected 6 to 32 characters a-z and 0-9',
    '/processed/abcdef/x/abcdef.jpg':
      'invalid path "/processed/abcdef/x/abcdef.jpg", expected /processed/<userId>/<file>',
    '/processed/abcdef/abcdef%00.jpg':
      'invalid character in path "/processed/abcdef/abcdef%00.jpg", expected letters, digits and _ - . , ~ : /',
    '/processed/abcdef/abcdef%.jpg':
      'invalid percent-encoding in path "/processed/abcdef/abcdef%.jpg", expected UTF-8',
  }
  for (const [path, message] of Object.entries(messages)) {
    t.throws(() => parseDerivative(path, table), { code: 'bad-url', message }, path)
  }
})

t.test('JSON input is rejected with the same messages', async t => {
  const messages: [StepInput, string][] = [
    [{ op: 'resize', w: 9000 }, 'resize: w-9000 is out of range, expected an integer from 1 to 8192 or auto'],
    [
      { op: 'resize', w: '9000' },
      'resize: w-9000 is out of range, expected an integer from 1 to 8192 or auto',
    ],
    [{ op: 'resize', w: null }, 'resize: w-(object) is invalid, expected an integer from 1 to 8192 or auto'],
    [
      { op: 'resize', dpr: 1e-7 },
      'resize: dpr-1e-7 is invalid, expected a number from 0.1 to 8 with at most 6 decimals',
    ],
    [
      { op: 'resize', dpr: Number.NaN },
      'resize: dpr-NaN is invalid, expected a number from 0.1 to 8 with at most 6 decimals',
    ],
    [{ op: 'text', t: 'a\0b' }, `text: t-(string) is invalid, expected ${word}`],
    [{ op: 'text', t: '' }, `text: t-(string) is invalid, expected ${word}`],
    [{ op: 'text', t: '\ud800' }, `text: t-(string) is invalid, expected ${word}`],
    [{ op: 'none' }, `unknown operation "none", expected one of ${names}`],
    [
      JSON.parse('{"op":"resize","__proto__":1}'),
      'resize: unknown option "__proto__", expected one of w, h, fit, enlarge, dpr',
    ],
  ]
  for (const [input, message] of messages) {
    t.throws(() => normalizeStep(input, table), { code: 'bad-url', message })
  }
  t.throws(
    () => normalizeStep({ op: 'text', t: 'é'.repeat(31) }, table),
    { code: 'bad-url' },
    'counts bytes, not characters',
  )
})

t.test('steps of the client accept numbers as text, flags as numbers and plain text', async t => {
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

t.test(
  'steps in JSON have the types that the client meant, and numbers are rounded to six decimals',
  async t => {
    const print = (input: StepInput) => printSteps([parseJsonStep(input, table)], table)
    t.equal(print({ op: 'resize', w: 400, h: 300.0, enlarge: true }), 'resize_w-400,h-300,enlarge-1')
    t.equal(print({ op: 'resize', w: 'auto', dpr: 0.1 + 0.2 }), 'resize_w-auto,dpr-0.3')
    t.equal(print({ op: 'crop', x: -1e-9, y: 0.9999999, ar: '016:9' }), 'crop_y-0.999999,ar-16:9')
    t.equal(print({ op: 'text', t: 'Hello, wörld?\n' }), 'text_t-~SGVsbG8sIHfDtnJsZD8K')
    const rejected: [step: StepInput, message: string][] = [
      [{ op: 'resize', w: '300' }, 'resize: w is a string, expected an integer from 1 to 8192 or auto'],
      [{ op: 'resize', enlarge: 1 }, 'resize: enlarge is a number, expected true or false'],
      [{ op: 'resize', w: null }, 'resize: w is null, expected an integer from 1 to 8192 or auto'],
      [{ op: 'resize', fit: ['cover'] }, 'resize: fit is an array, expected one of cover, contain, inside'],
      [{ op: 'text', t: 5 }, 'text: t is a number, expected a text of at most 60 bytes'],
      [{ op: 'text', t: '.'.repeat(61) }, 'text: t is too long, expected a text of at most 60 bytes'],
      [{ op: 'resize', w: 0.0000001 }, 'resize: w-1e-7 is invalid'],
      [{ op: 'resize', zz: 1 }, 'resize: unknown option "zz"'],
    ]
    for (const [step, message] of rejected)
      t.match(
        t.throws(() => parseJsonStep(step, table)),
        { code: 'bad-url', message: new RegExp(`^${message}`) },
      )
  },
)

t.test('a text has exactly one spelling', async t => {
  const rejected = [
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
  for (const token of rejected)
    t.throws(() => parseSteps(`text_t-${token}`, table), { code: 'bad-url' }, token)
})
