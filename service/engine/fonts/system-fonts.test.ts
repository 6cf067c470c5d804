import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { squareFont } from '../../test/support/font-file.ts'
import t from '../../test/support/tap.ts'
import { type FontFace, hasCharacter, readFontFace } from './font-file.ts'
import { chooseFonts, findFonts } from './system-fonts.ts'

const face = (path: string, characters: string, more: Partial<FontFace> = {}): FontFace => ({
  path,
  bytes: 1_000,
  weight: 400,
  italic: false,
  ranges: Uint32Array.from([...characters].sort().flatMap(character => codes(character + character))),
  ...more,
})
const codes = (text: string) => [...text].map(character => character.codePointAt(0) ?? 0)
const chosen = (system: readonly FontFace[], text: string) =>
  chooseFonts(system, codes(text)).map(({ path }) => path)

t.test('the characters of a font are read from format 4 and format 12', async t => {
  const { resolve } = createRequire(import.meta.url)
  const dejaVu = await readFontFace(resolve('dejavu-fonts-ttf/ttf/DejaVuSans-BoldOblique.ttf'))
  t.match(dejaVu, { weight: 700, italic: true })
  const found = codes('aßЖא\u{1d538}你ส').map(code => hasCharacter(dejaVu!, code))
  t.strictSame(found, [true, true, true, true, true, false, false])
})

t.test('as few fonts as possible cover the text, regular ones first', async t => {
  const thai = face('/Thai.ttf', 'สว')
  const all = face('/All.ttf', '你好สว')
  t.strictSame(chosen([thai, all], '你สว'), ['/All.ttf'])
  t.strictSame(chosen([face('/A.ttf', '你'), thai], '你สวq'), ['/Thai.ttf', '/A.ttf'])
  const bold = face('/Bold.ttf', '你', { weight: 700 })
  const italic = face('/Italic.ttf', '你', { italic: true })
  const serif = face('/NotoSerif.ttf', '你')
  t.strictSame(chosen([italic, bold, serif, face('/Sans.ttf', '你')], '你'), ['/Sans.ttf'])
  t.strictSame(chosen([face('/unifont.otf', '你สว'), thai], '你สว'), ['/Thai.ttf', '/unifont.otf'])
  t.strictSame(chosen([face('/Huge.ttf', '你', { bytes: 100_000_000 })], '你'), [], 'too large')
})

t.test('fonts are found below the home directory, and damaged ones are skipped', async t => {
  const home = t.testdir()
  process.env.HOME = home
  const folder = join(home, '.local/share/fonts/a/b')
  await mkdir(folder, { recursive: true })
  const font = squareFont('Squares', '\u{20000}')
  await writeFile(join(folder, 'squares.ttf'), font)
  for (const length of [0, 3, 12, 100, 300])
    await writeFile(join(folder, `cut-${length}.ttf`), font.subarray(0, length))
  t.strictSame(await findFonts(codes('aЖ')), [], 'DejaVu has these')
  t.strictSame(await findFonts(codes('a\u{20000}')), [font])
})
