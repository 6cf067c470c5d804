import t from 'tap'
import { type DescribedOperation, generateClientTable } from './generate-client.ts'

const described: DescribedOperation[] = [
  {
    name: 'text',
    summary: 'Draws text.',
    options: {
      t: { kind: 'text', summary: 'The text; */ ends no comment.', maxBytes: 100 },
      w: { kind: 'number', summary: 'Width.', min: 1, max: 9, words: ['auto', 'max'] },
      fit: { kind: 'choice', summary: 'Fit.', values: ['a', "b'c"] },
      tile: { kind: 'flag', summary: 'Tile.', default: false },
      c: { kind: 'color', summary: 'Colour.' },
      ar: { kind: 'ratio', summary: 'Ratio.' },
      i: { kind: 'image', summary: 'Image.' },
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
