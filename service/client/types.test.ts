import t from '../test/support/tap.ts'
import { type OperationStep, type ResizeOptions, url } from './index.ts'
import darkroomLoader from './next.ts'
import darkroomProvider from './nuxt.ts'
import { extract, generate, transform } from './unpic.ts'

// The compiler runs most of this test: the build fails if a line below `@ts-expect-error` is valid.
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
  // @ts-expect-error a word that the option does not accept
  t.throws(() => url({ ...image, operations: [{ op: 'resize', fit: 'stretch' }] }), { code: 'bad-url' })
  // @ts-expect-error an extension that does not exist
  t.throws(() => url({ ...image, format: 'bmp' }), { code: 'bad-url' })
})

// the arguments that the frameworks pass, as in their published types
type NextLoader = (props: { src: string; width: number; quality?: number }) => string
type NuxtModifiers = Partial<
  Record<'width' | 'height' | 'blur', number> &
    Record<'fit' | 'format' | 'background', string> & { quality: string | number }
>
interface NuxtProvider {
  getImage: (
    src: string,
    options: { modifiers: NuxtModifiers; preset?: string; sizes?: string } & Record<string, unknown>,
    context: unknown,
  ) => { url: string; format?: string }
}
interface UnpicOperations {
  width?: number | string
  height?: number | string
  format?: string
  quality?: number | string
}
type UnpicTransformer = (
  src: string | URL,
  operations: UnpicOperations,
  options?: { baseUrl?: string },
) => string
type UnpicExtractor = (
  url: string | URL,
) => { operations: UnpicOperations; src: string; options: { baseUrl?: string | undefined } } | null

t.test('the adapters have the types of their frameworks', async t => {
  const loader: NextLoader = darkroomLoader
  const provider: () => NuxtProvider = darkroomProvider
  const transformers: UnpicTransformer[] = [transform, generate]
  const extractor: UnpicExtractor = extract
  const src = '/processed/abcdef/ghijkl.auto?p=web&s=x'
  const made = '/processed/abcdef/ghijkl_resize_w-90.auto?p=web&s=x'
  t.equal(loader({ src, width: 90 }), made)
  t.equal(provider().getImage(src, { modifiers: { width: 90 } }, {}).url, made)
  for (const one of transformers) t.equal(one(src, { width: 90 }), made)
  t.equal(extractor(made)?.operations.width, 90)
})
