import t from 'tap'
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
  ['preset', { options: { n: { kind: 'text', maxBytes: 32, summary: '' } } }],
  ['flip', { options: {} }],
  ['blur', { options: { s: { kind: 'number', min: 0.3, max: 250, default: 3, summary: '' } } }],
  [
    'resize',
    {
      options: {
        w: { kind: 'number', min: 1, max: 8192, integer: true, words: ['auto'], summary: '' },
        h: { kind: 'number', min: 1, max: 8192, integer: true, summary: '' },
        fit: {
          kind: 'choice',
          values: ['inside', 'cover', 'fill'],
          default: 'inside',
          defaultIf: { given: ['w', 'h'], value: 'cover' },
          summary: '',
        },
        bg: { kind: 'color', default: 'transparent', summary: '' },
        enlarge: { kind: 'flag', default: false, summary: '' },
      },
    },
  ],
])

const objection = (policy: Policy, operations: string, format: Extension = 'webp') =>
  urlViolation(policy, { steps: parseSteps(operations, table), format }, table)

t.test('without operations a URL consists of the presets that are listed', async t => {
  const policy = { presets: ['thumb', 'hero'] }
  t.equal(objection(policy, 'preset_n-thumb'), undefined)
  t.equal(objection(policy, 'preset_n-thumb_preset_n-hero'), undefined)
  t.match(objection(policy, 'preset_n-other'), /preset: n-other is not allowed: expected one of thumb, hero/)
  t.match(objection(policy, 'preset_n-thumb_flip'), /flip is not allowed: expected presets only/)
  t.match(objection(policy, ''), /without a preset/)
  for (const operations of ['', 'flip', 'preset_n-thumb']) t.ok(objection({}, operations), operations)
  t.equal(presetOnlyViolation(parseSteps('preset_n-any', table)), undefined)
})

t.test('only the operations that are named may be written', async t => {
  const policy = parsePolicy({ operations: ['flip', 'resize'] }, table)
  t.equal(objection(policy, ''), undefined)
  t.equal(objection(policy, 'flip_resize_w-8192,enlarge-1_flip'), undefined)
  t.match(objection(policy, 'flip_blur_s-1'), /blur is not allowed: expected one of flip, resize/)
  t.match(objection(policy, 'preset_n-thumb'), /preset: n-thumb is not allowed: expected one of none/)
  t.equal(objection({ ...policy, presets: ['thumb'] }, 'preset_n-thumb_flip'), undefined)
  const some = parsePolicy({ operations: { preset: { n: ['a'] } }, presets: ['b'] }, table)
  t.equal(objection(some, 'preset_n-a_preset_n-b'), undefined)
  t.match(objection(some, 'preset_n-c'), /preset: n-c is not allowed/)
  t.ok(objection({ operations: {} }, 'flip'), 'nothing named, nothing allowed')
})

t.test('ranges hold at their edges, values are as listed', async t => {
  const operations = {
    resize: { w: { min: 100, max: 2000, values: ['auto', 50] }, fit: ['cover', 'inside'] },
  }
  const policy = parsePolicy({ operations }, table)
  for (const fine of ['w-100', 'w-2000', 'w-0150', 'w-50', 'w-auto', 'w-300,fit-cover', 'w-300,fit-inside']) {
    t.equal(objection(policy, `resize_${fine}`), undefined, fine)
  }
  const refused: [options: string, why: RegExp][] = [
    ['w-99', /resize: w-99 is not allowed: expected at least 100 and at most 2000 or auto or 50/],
    ['w-2001', /w-2001/],
    ['w-300,fit-fill', /fit-fill is not allowed: expected cover or inside/],
    ['h-100', /h-100 is not allowed: expected its default/],
    ['w-300,enlarge-1', /enlarge-1/],
    ['w-300,bg-fff', /bg-fff/],
  ]
  for (const [options, why] of refused) t.match(objection(policy, `resize_${options}`), why)
  t.equal(objection(policy, 'resize_w-300,enlarge-0,bg-transparent'), undefined, 'defaults, spelled out')
  const open = parsePolicy({ operations: { resize: { w: { min: 10 }, h: { max: 20 } } } }, table)
  t.equal(objection(open, 'resize_w-8192,h-1'), undefined)
  t.match(objection(open, 'resize_w-auto'), /w-auto is not allowed: expected at least 10/)
})

t.test('the value in effect counts: a default is within the range, or refused', async t => {
  const soft = parsePolicy({ operations: { blur: { s: { max: 2 } } } }, table)
  t.equal(objection(soft, 'blur_s-2'), undefined)
  t.match(objection(soft, 'blur'), /blur: s-3 is not allowed: expected at most 2/)
  const cover = parsePolicy({ operations: { resize: { w: true, h: true, fit: ['cover'] } } }, table)
  t.equal(objection(cover, 'resize_w-9,h-9'), undefined)
  t.match(objection(cover, 'resize_w-9'), /fit-inside/)
})

t.test('formats and limits', async t => {
  const policy = parsePolicy({ operations: ['flip'], formats: ['jpeg', 'auto'] }, table)
  t.equal(objection(policy, 'flip', 'jpg'), undefined)
  t.equal(objection(policy, 'flip', 'auto'), undefined)
  t.match(objection(policy, 'flip', 'png'), /the format png is not allowed: expected one of jpg, auto/)
  t.equal(stepCountViolation({ maxSteps: 2 }, parseSteps('flip_flip', table)), undefined)
  t.match(stepCountViolation({ maxSteps: 1 }, parseSteps('flip_flip', table)), /at most 1/)
  const limits = { maxWidth: 100, maxHeight: 50 }
  t.equal(sizeViolation(limits, { width: 100, height: 50 }), undefined)
  t.match(sizeViolation(limits, { width: 101, height: 50 }), /width of 101/)
  t.match(sizeViolation(limits, { width: 100, height: 51 }), /height of 51/)
  t.equal(sizeViolation({}, { width: 9999, height: 9999 }), undefined)
})

t.test('a policy of what does not exist is refused, by its place', async t => {
  const wrong: [input: PolicyInput, message: RegExp][] = [
    [{ operations: ['bogus'] }, /"bogus" is not an operation/],
    [{ operations: JSON.parse('{"constructor":true}') }, /"constructor" is not an operation/],
    [{ operations: JSON.parse('{"resize":{"__proto__":true}}') }, /operations\.resize\.__proto__/],
    [{ operations: { resize: { zz: true } } }, /operations\.resize\.zz: expected one of the options w, h/],
    [{ operations: { flip: { zz: true } } }, /operations\.flip\.zz: expected no option/],
    [{ operations: { resize: { w: {} } } }, /operations\.resize\.w: expected min, max or values/],
    [{ operations: { resize: { w: { min: 5, max: 4 } } } }, /min not to be above max/],
    [
      { operations: { resize: { w: [9000] } } },
      /operations\.resize\.w: expected a whole number from 1 to 8192/,
    ],
    [{ operations: { resize: { fit: { max: 3 } } } }, /expected values/],
    [{ operations: { resize: { bg: [{}, null] } } }, /operations\.resize\.bg: expected hex/],
    [{ formats: ['bmp'] }, /"bmp" is not an extension/],
    [{ presets: ['../x'] }, /presets: expected names/],
  ]
  for (const [input, message] of wrong) t.throws(() => parsePolicy(input, table), { message }, message.source)
  const read = parsePolicy({ operations: { resize: { bg: ['FFF'], enlarge: [true], w: ['007'] } } }, table)
  t.strictSame(read, {
    operations: { resize: { bg: { values: ['fff'] }, enlarge: { values: [true] }, w: { values: [7] } } },
  })
})
