import t from 'tap'
import { type OperationStep, type ResizeOptions, url } from './index.ts'

// Most of this test is done by the compiler: a line below that stops being an error fails the build.
const image = { userId: 'abcdef', imageId: 'ghijkl' }

t.test('operations are typed', async t => {
  const resize: ResizeOptions = { w: 300, h: 200, fit: 'contain', enlarge: true, dpr: 1.5 }
  const step: OperationStep = { op: 'resize', ...resize }
  t.equal(
    url({ ...image, operations: [step] }),
    '/processed/abcdef/ghijkl_resize_w-300,h-200,fit-contain,enlarge-1,dpr-1.5.auto',
  )

  // @ts-expect-error an operation that does not exist
  t.throws(() => url({ ...image, operations: [{ op: 'enhance' }] }), { code: 'bad-url' })
  // @ts-expect-error an option that does not exist
  t.throws(() => url({ ...image, operations: [{ op: 'resize', width: 300 }] }), { code: 'bad-url' })
  // @ts-expect-error a word that the option does not take
  t.throws(() => url({ ...image, operations: [{ op: 'resize', fit: 'stretch' }] }), { code: 'bad-url' })
  // @ts-expect-error an extension that does not exist
  t.throws(() => url({ ...image, format: 'bmp' }), { code: 'bad-url' })
})
