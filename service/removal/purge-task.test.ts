import t from '../test/support/tap.ts'
import { derivativeNamePattern } from './purge-task.ts'

t.test('derivativeNamePattern matches names that contain the operations completely', async t => {
  const cases: [printed: string, matching: string[], others: string[]][] = [
    [
      'resize_w-300',
      ['a_resize_w-300.jpg', 'a_flip_resize_w-300_sharpen.jpg', 'a_resize_w-300_encode_q-70.webp'],
      ['a_resize_w-3000.jpg', 'a_resize_w-300,h-2.jpg', 'a_resize_w-30.jpg'],
    ],
    ['sharpen', ['a_sharpen.jpg', 'a_sharpen_flip.jpg'], ['a_sharpen_s-2.jpg', 'a_unsharpen.jpg']],
    ['resize_dpr-1.5', ['a_resize_dpr-1.5.jpg'], ['a_resize_dpr-1x5.jpg']],
    ['text_t-~aGk.', ['a_text_t-~aGk..png'], ['a_text_t-~aGkx.png']],
  ]
  for (const [printed, matching, others] of cases) {
    // JavaScript and Postgres read the pattern alike
    const names = new RegExp(derivativeNamePattern(printed))
    for (const name of matching) t.match(name, names)
    for (const name of others) t.notMatch(name, names)
  }
})
