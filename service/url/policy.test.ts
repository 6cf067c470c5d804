import t from '../test/support/tap.ts'
import type { Extension } from './address.ts'
import { parseSteps } from './grammar.ts'
import type { OperationTable } from './option.ts'
import {
  type Policy,
  presetOnlyViolation,
  sizeViolation,
  stepCountViolation,
  urlViolation,
} from './policy.ts'
import { type PolicyInput, parsePolicy } from './policy-input.ts'

const table: OperationTable = new Map([
  ['preset', { options: { n: { kind: 'text', maxBytes: 32, label: '', summary: '' } } }],
  ['flip', { options: {} }],
  ['blur', { options: { s: { kind: 'number', min: 0.3, max: 250, default: 3, label: '', summary: '' } } }],
  [
    'resize',
    {
      options: {
        w: { kind: 'number', min: 1, max: 8192, integer: true, words: ['auto'], label: '', summary: '' },
        h: { kind: 'number', min: 1, max: 8192, integer: true, label: '', summary: '' },
        fit: {
          kind: 'choice',
          values: ['inside', 'cover', 'fill'],
          default: 'inside',
          defaultIf: { given: ['w', 'h'], value: 'cover' },
          label: '',
          summary: '',
        },
        bg: { kind: 'color', default: 'transparent', label: '', summary: '' },
        enlarge: { kind: 'flag', default: false, label: '', summary: '' },
      },
    },
  ],
])

const violation = (policy: Policy, operations: string, format: Extension = 'webp') =>
  urlViolation(policy, { steps: parseSteps(operations, table), format }, table)

t.test('a policy without operations allows only the listed presets', async t => {
  const policy = { presets: ['thumb', 'hero'] }
  t.equal(violation(policy, 'preset_n-thumb'), undefined)
  t.equal(violation(policy, 'preset_n-thumb_preset_n-hero'), undefined)
  t.match(violation(policy, 'preset_n-other'), /preset: n-other is not allowed, expected one of thumb, hero/)
  t.match(violation(policy, 'preset_n-thumb_flip'), /flip is not allowed, expected presets only/)
  t.match(violation(policy, ''), /without operations is not allowed, expected a preset/)
  for (const operations of ['', 'flip', 'preset_n-thumb']) t.ok(violation({}, operations), operations)
  t.equal(presetOnlyViolation(parseSteps('preset_n-any', table)), undefined)
})

t.test('a policy with operations allows only those operations', async t => {
  const policy = parsePolicy({ operations: ['flip', 'resize'] }, table)
  t.equal(violation(policy, ''), undefined)
  t.equal(violation(policy, 'flip_resize_w-8192,enlarge-1_flip'), undefined)
  t.match(violation(policy, 'flip_blur_s-1'), /blur is not allowed, expected one of flip, resize/)
  t.match(violation(policy, 'preset_n-thumb'), /preset: n-thumb is not allowed, expected none/)
  t.equal(violation({ ...policy, presets: ['thumb'] }, 'preset_n-thumb_flip'), undefined)
  const some = parsePolicy({ operations: { preset: { n: ['a'] } }, presets: ['b'] }, table)
  t.equal(violation(some, 'preset_n-a_preset_n-b'), undefined)
  t.match(violation(some, 'preset_n-c'), /preset: n-c is not allowed/)
  t.ok(violation({ operations: {} }, 'flip'), 'an empty list allows nothing')
})

t.test('a policy range includes its bounds, and listed values are allowed', async t => {
  const operations = {
    resize: { w: { min: 100, max: 2000, values: ['auto', 50] }, fit: ['cover', 'inside'] },
  }
  const policy = parsePolicy({ operations }, table)
  for (const allowed of [
    'w-100',
    'w-2000',
    'w-0150',
    'w-50',
    'w-auto',
    'w-300,fit-cover',
    'w-300,fit-inside',
  ]) {
    t.equal(violation(policy, `resize_${allowed}`), undefined, allowed)
  }
  const rejected: [options: string, why: RegExp][] = [
    ['w-99', /resize: w-99 is not allowed, expected at least 100 and at most 2000 or auto or 50/],
    ['w-2001', /w-2001/],
    ['w-300,fit-fill', /fit-fill is not allowed, expected cover or inside/],
    ['h-100', /h-100 is not allowed, expected its default/],
    ['w-300,enlarge-1', /enlarge-1/],
    ['w-300,bg-fff', /bg-fff/],
  ]
  for (const [options, why] of rejected) t.match(violation(policy, `resize_${options}`), why)
  t.equal(violation(policy, 'resize_w-300,enlarge-0,bg-transparent'), undefined, 'spelled-out defaults')
  const open = parsePolicy({ operations: { resize: { w: { min: 10 }, h: { max: 20 } } } }, table)
  t.equal(violation(open, 'resize_w-8192,h-1'), undefined)
  t.match(violation(open, 'resize_w-auto'), /w-auto is not allowed, expected at least 10/)
})

t.test('a policy range applies to defaults, too', async t => {
  const soft = parsePolicy({ operations: { blur: { s: { max: 2 } } } }, table)
  t.equal(violation(soft, 'blur_s-2'), undefined)
  t.match(violation(soft, 'blur'), /blur: s-3 is not allowed, expected at most 2/)
  const cover = parsePolicy({ operations: { resize: { w: true, h: true, fit: ['cover'] } } }, table)
  t.equal(violation(cover, 'resize_w-9,h-9'), undefined)
  t.match(violation(cover, 'resize_w-9'), /fit-inside/)
})

t.test('a policy limits formats, operations and size', async t => {
  const policy = parsePolicy({ operations: ['flip'], formats: ['jpeg', 'auto'] }, table)
  t.equal(violation(policy, 'flip', 'jpg'), undefined)
  t.equal(violation(policy, 'flip', 'auto'), undefined)
  t.match(violation(policy, 'flip', 'png'), /format png is not allowed, expected one of jpg, auto/)
  t.equal(stepCountViolation({ maxSteps: 2 }, parseSteps('flip_flip', table)), undefined)
  t.match(stepCountViolation({ maxSteps: 1 }, parseSteps('flip_flip', table)), /at most 1/)
  const limits = { maxWidth: 100, maxHeight: 50 }
  t.equal(sizeViolation(limits, { width: 100, height: 50 }), undefined)
  t.match(sizeViolation(limits, { width: 101, height: 50 }), /width of 101/)
  t.match(sizeViolation(limits, { width: 100, height: 51 }), /height of 51/)
  t.equal(sizeViolation({}, { width: 9999, height: 9999 }), undefined)
})

t.test('the error of a policy with an unknown name or an invalid value says where it is', async t => {
  const rejected: [input: PolicyInput, message: RegExp][] = [
    [{ operations: ['bogus'] }, /unknown operation "bogus"/],
    [{ operations: JSON.parse('{"constructor":true}') }, /unknown operation "constructor"/],
    [{ operations: JSON.parse('{"resize":{"__proto__":true}}') }, /operations\.resize\.__proto__/],
    [
      { operations: { resize: { zz: true } } },
      /operations\.resize\.zz: unknown option, expected one of w, h/,
    ],
    [{ operations: { flip: { zz: true } } }, /operations\.flip\.zz: unknown option, expected no options/],
    [
      { operations: { resize: { w: {} } } },
      /operations\.resize\.w: empty range, expected min, max or values/,
    ],
    [{ operations: { resize: { w: { min: 5, max: 4 } } } }, /min is greater than max/],
    [
      { operations: { resize: { w: [9000] } } },
      /operations\.resize\.w: invalid value, expected an integer from 1 to 8192/,
    ],
    [{ operations: { resize: { w: ['007'] } } }, /operations\.resize\.w: invalid value, expected an integer/],
    [{ operations: { resize: { enlarge: [1] } } }, /resize\.enlarge: invalid value, expected true or false/],
    [{ operations: { resize: { fit: { max: 3 } } } }, /fit: not a numeric option, expected values/],
    [
      { operations: { resize: { bg: [{}, null] } } },
      /operations\.resize\.bg: invalid value, expected a hex colour/,
    ],
    [{ formats: ['bmp'] }, /unknown extension "bmp"/],
    [{ presets: ['../x'] }, /presets: invalid name, expected 1 to 32 characters/],
  ]
  for (const [input, message] of rejected)
    t.throws(() => parsePolicy(input, table), { message }, message.source)
  const parsed = parsePolicy({ operations: { resize: { bg: ['FFF'], enlarge: [true], w: [7] } } }, table)
  t.strictSame(parsed, {
    operations: { resize: { bg: { values: ['fff'] }, enlarge: { values: [true] }, w: { values: [7] } } },
  })
})
