import { defineOperation } from '../operation.ts'

export default defineOperation({
  name: 'page',
  summary:
    'which page or frame of the original is shown; animations stay animated in gif and webp unless told otherwise',
  example: 'page_n-1',
  options: {
    n: {
      kind: 'number',
      min: 1,
      max: 10_000,
      integer: true,
      summary: 'one page or frame, counted from 1; the first when left out',
    },
    animate: { kind: 'flag', summary: 'all frames of an animation; 1 unless n is given' },
  },
  stages: () => [],
  source: ({ n, animate }) => ({
    ...(n === undefined ? {} : { page: n }),
    ...(animate === undefined ? {} : { animate }),
  }),
})
