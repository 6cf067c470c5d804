import t from '../test/support/tap.ts'
import { type DescribedOperation, generateClientSpelling, generateClientTable } from './generate-client.ts'

const described: DescribedOperation[] = [
  {
    name: 'text',
    summary: 'Draws text.',
    options: {
      t: { kind: 'text', label: '', summary: 'The text; */ ends no comment.', maxBytes: 100 },
      w: { kind: 'number', label: '', summary: 'Width.', min: 1, max: 9, words: ['auto', 'max'] },
      fit: { kind: 'choice', label: '', summary: 'Fit.', values: ['a', "b'c"] },
      tile: { kind: 'flag', label: '', summary: 'Tile.', default: false },
      c: { kind: 'color', label: '', summary: 'Colour.' },
      ar: { kind: 'ratio', label: '', summary: 'Ratio.' },
      i: { kind: 'image', label: '', summary: 'Image.' },
    },
  },
  { name: 'flip', summary: 'Mirrors.', options: {} },
]

t.test('each operation becomes a type, a member of OperationStep and an entry of the table', async t => {
  const source = generateClientTable(described)
  const properties = [
    't?: string',
    'w?: number | "auto" | "max"',
    `fit?: "a" | "b'c"`,
    'tile?: boolean',
    'c?: string',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template literal type
    'ar?: `${number}:${number}`',
    'i?: string',
  ]
  for (const property of properties) t.ok(source.includes(`\n  ${property}\n`), property)
  t.ok(source.includes('/** The text; *\\/ ends no comment. */'))
  t.ok(source.includes('export type FlipOptions = {\n}'))
  t.ok(source.includes('  | ({ op: "text" } & TextOptions)\n  | ({ op: "flip" } & FlipOptions)\n'))
  t.ok(
    source.includes(
      `  ["text", ${JSON.stringify({ options: described[0]?.options })}],\n  ["flip", {"options":{}}],\n`,
    ),
  )
})

t.test('the spelling has the names, kinds, defaults and pixel options, and nothing else', async t => {
  const [label, summary] = ['', '']
  const source = generateClientSpelling([
    ...described,
    {
      name: 'draw',
      summary,
      options: {
        w: { kind: 'number', label, summary, min: 1, max: 9, integer: true, pixels: true },
        x: {
          kind: 'number',
          label,
          summary,
          min: -5,
          max: 5,
          integer: true,
          fraction: true,
          pixels: true,
          default: 0,
        },
        s: { kind: 'number', label, summary, min: 0.5, max: 9, pixels: true, default: 3 },
        fit: {
          kind: 'choice',
          label,
          summary,
          values: ['in', 'out'],
          default: 'in',
          defaultIf: { given: ['w', 'x'], value: 'out' },
        },
      },
    },
  ])
  t.ok(
    source.includes(
      '  text: "t~ w# fit= tile?0 c* ar% i=",\n  flip: "",\n  draw: "w# x#0 s#3 fit=in|out|w|x",\n',
    ),
  )
  t.ok(source.endsWith('= {\n  draw: "w=1,9 x~-5,5,0 s.0.5,9,3",\n}\n'))
  t.notMatch(source, /Width/)
})
