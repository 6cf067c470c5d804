import { defineOperation } from '../operation.ts'

/** The highest number of a page that can be requested. */
export const maxPage = 10_000

export default defineOperation({
  name: 'page',
  label: 'Page or frame',
  group: 'Output',
  summary: 'selects a page or frame of the original; by default animations stay animated in gif and webp',
  example: 'page_n-1',
  options: {
    n: {
      kind: 'number',
      min: 1,
      max: maxPage,
      integer: true,
      label: 'Number',
      summary: 'page or frame number, counted from 1; default: the first',
    },
    animate: {
      kind: 'flag',
      label: 'Animation',
      summary: 'keeps all frames of an animation; default: 1, or 0 when n is given',
    },
  },
  rules: [{ anyOf: [{ properties: { n: false } }, { properties: { animate: { const: false } } }] }],
  stages: () => [],
  source: ({ n, animate }) => ({
    ...(n === undefined ? {} : { page: n }),
    ...(animate === undefined ? {} : { animate }),
  }),
})
