import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import t from 'tap'
import { drawDemo } from '../engine/demo.ts'
import { build } from './build.ts'
import { root } from './containers.ts'
import { enter } from './dashboard.ts'
import { startChromium } from './services/chromium.ts'

// The README's pictures of the dashboard, made of the real application: npm run screenshots

const folder = join(root, 'docs/dashboard')
const titles = [
  'Dusk',
  'Early',
  'Noon',
  'Canyon',
  'Coast',
  'Embers',
  'Frost',
  'Meadow',
  'Night',
  'Salt',
  'Storm',
  'Tide',
]
/** Of a picture of 1920×1280: left, top, width, height. */
const parts = [
  [500, 100, 1100, 1100],
  [700, 200, 800, 1000],
  [0, 300, 1920, 900],
  [0, 0, 1920, 1280],
] as const

const bench = await build(t)
const demo = await drawDemo()
for (const [index, title] of titles.entries()) {
  const [left, top, width, height] = parts[index % parts.length]!
  const picture = sharp(demo)
    .extract({ left, top, width, height })
    .flop(index % 3 === 1)
  const file = await picture
    .modulate({ hue: index * 31, brightness: 1 - (index % 4) / 12 })
    .jpeg({ quality: 90 })
    .toBuffer()
  await bench.upload(file, { title, tags: 'dunes' })
}
const browser = await startChromium(t)
await mkdir(folder, { recursive: true })

t.test('library', async t => {
  const { page } = await enter(browser, bench, '/', {
    colorScheme: 'dark',
    viewport: { width: 1280, height: 800 },
  })
  await page
    .locator('.frame img.come')
    .nth(titles.length - 1)
    .waitFor()
  await page.mouse.move(0, 0)
  t.ok(await keep(page, 'library'))
})

t.test('playground', async t => {
  const form = 'op=resize;w=720&op=duotone;a=1b0f2e;b=ffcf8a&op=border;w=12;c=fff&format=webp'
  const { page } = await enter(browser, bench, `/playground?${form}`, {
    colorScheme: 'light',
    viewport: { width: 1280, height: 860 },
  })
  await page.getByRole('button', { name: 'Copy picture' }).waitFor()
  await page.getByLabel('How much of the original is shown').fill('0.4')
  await page.locator('.compare-before').waitFor()
  await page.evaluate("document.querySelector('.compare-before').decode()")
  t.ok(await keep(page, 'playground'))
})

/** Writes what is seen; what is on its way in has come. */
async function keep(page: Page, name: string): Promise<boolean> {
  await page.evaluate('Promise.allSettled(document.getAnimations().map(one => one.finished))')
  const seen = await page.screenshot()
  const { size } = await sharp(seen)
    .webp({ quality: 82 })
    .toFile(join(folder, `${name}.webp`))
  return size > 0
}
