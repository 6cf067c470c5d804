import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import fc from 'fast-check'
import t from '../../test/support/tap.ts'
import { boundTextSize, renderText } from './render-text.ts'

const ink = { color: { r: 0, g: 0, b: 0, alpha: 1 }, font: 'sans', align: 'left' } as const

t.test('rendered text stays within its size bound', async t => {
  const character = fc.constantFrom(...'WiMj_ .,\n漢ا\u0301\u2e3b\u2028😀<&')
  await fc.assert(
    fc.asyncProperty(
      fc.array(character, { minLength: 1, maxLength: 60 }).map(characters => characters.join('')),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 600 }),
      async (text, size, wrap) => {
        const bounds = boundTextSize(text, size, wrap)
        const letters = await renderText({ ...ink, text, size, wrap })
        if (letters === undefined) return
        const { width, height } = letters
        // Overhanging letters, and stacked accents.
        const slack = size * (1 + (text.match(/\u0301/g) ?? []).length / 3) + 2
        if (width > bounds.width + slack || height > bounds.height + slack)
          throw new Error(`${width}x${height} exceeds the bound ${bounds.width}x${bounds.height}`)
      },
    ),
    { numRuns: 60, seed: 7 },
  )
  t.pass('60 texts')
})

t.test('text is rendered on a machine without fonts', async t => {
  const program = `
    import { renderText } from ${JSON.stringify(new URL('./render-text.js', import.meta.url).href)}
    const letters = await renderText({ text: 'Hello', size: 40, wrap: 500, ...${JSON.stringify(ink)} })
    console.log(letters.width, letters.data.some(value => value > 0))
  `
  const env = { ...process.env, FONTCONFIG_FILE: '/nonexistent', FONTCONFIG_PATH: '/nonexistent' }
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { env })
  const here = await renderText({ ...ink, text: 'Hello', size: 40, wrap: 500 })
  const [width, drawn] = stdout.split(' ')
  t.ok(Math.abs(Number(width) - (here?.width ?? 0)) <= 2, `${stdout} for ${here?.width}`)
  t.match(drawn, 'true')
})
