import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { drawDemoPhoto } from '../../engine/demo-images.ts'
import { UsageRepository } from '../../metadata/usage-rollups.ts'
import { signMessage } from '../../url/signature.ts'
import { build } from '../support/build.ts'
import { root } from '../support/containers.ts'
import { openDashboard } from '../support/dashboard.ts'
import { startChromium } from '../support/services/chromium.ts'
import { bytesOf, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'

// Takes the README's screenshots of the dashboard from the real application: npm run screenshots

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
/** Crops of a 1920×1280 image: left, top, width, height. */
const parts = [
  [500, 100, 1100, 1100],
  [700, 200, 800, 1000],
  [0, 300, 1920, 900],
  [0, 0, 1920, 1280],
] as const

const bench = await build(t)
const demo = await drawDemoPhoto()
const uploaded: ShownImage[] = []
for (const [index, title] of titles.entries()) {
  const [left, top, width, height] = parts[index % parts.length]!
  const image = sharp(demo)
    .extract({ left, top, width, height })
    .flop(index % 3 === 1)
  const file = await image
    .modulate({ hue: index * 31, brightness: 1 - (index % 4) / 12 })
    .jpeg({ quality: 90 })
    .toBuffer()
  uploaded.push(await bench.upload(file, { title, tags: 'dunes' }))
}
const browser = await startChromium(t)
await mkdir(folder, { recursive: true })

t.test('library', async t => {
  const { page } = await openDashboard(browser, bench, '/', {
    colorScheme: 'dark',
    viewport: { width: 1280, height: 800 },
  })
  await page
    .locator('.frame img.loaded')
    .nth(titles.length - 1)
    .waitFor()
  await page.mouse.move(0, 0)
  t.ok(await saveScreenshot(page, 'library'))
})

t.test('playground', async t => {
  const form = 'op=resize;w=720&op=duotone;a=1b0f2e;b=ffcf8a&op=border;w=12;c=fff&format=webp'
  const { page } = await openDashboard(browser, bench, `/playground?${form}`, {
    colorScheme: 'light',
    viewport: { width: 1280, height: 860 },
  })
  await page.getByRole('button', { name: 'Copy picture' }).waitFor()
  await page.locator('.step-toggle', { hasText: 'Duotone' }).click()
  await page.getByLabel('How much of the original is shown').fill('0.4')
  await page.locator('.compare-before').waitFor()
  await page.evaluate("document.querySelector('.compare-before').decode()")
  t.ok(await saveScreenshot(page, 'playground'))
})

t.test('usage', async t => {
  await requestImages()
  await repeatToday(45)
  const { page } = await openDashboard(browser, bench, '/usage?range=30d', {
    colorScheme: 'dark',
    viewport: { width: 1280, height: 1120 },
  })
  await page.locator('.plot canvas').nth(3).waitFor()
  await page.locator('.top-thumbnail img').first().waitFor()
  t.ok(await saveScreenshot(page, 'usage'))
})

/** Requests images as visitors of a site would: some often, some once, and one that does not exist. */
async function requestImages(): Promise<void> {
  const transforms = [
    { operations: [{ op: 'resize', w: 800 }], format: 'webp' },
    { operations: [{ op: 'resize', w: 400, h: 400 }], format: 'webp' },
    { operations: [{ op: 'resize', w: 1280 }, { op: 'sharpen' }], format: 'avif' },
    { operations: [{ op: 'resize', w: 240 }, { op: 'grayscale' }], format: 'jpg' },
  ]
  for (const [place, { id }] of uploaded.entries()) {
    for (const [index, transform] of transforms.entries()) {
      const url = await bench.sign({ imageId: id, ...transform })
      const times = Math.ceil(200 / (1 + place) / (1 + index))
      for (let at = 0; at < times; at++) await bytesOf(await fetch(url))
    }
  }
  const missing = `/processed/${bench.userId}/nothing1_resize_w-400.webp`
  const signed = `${bench.url}${missing}?s=${signMessage(bench.key.secret, missing)}`
  for (let at = 0; at < 40; at++) await (await fetch(signed)).arrayBuffer()
}

/** Adds usage rows for previous days, based on today's numbers and varied by day. */
async function repeatToday(days: number): Promise<void> {
  const { usage, database } = bench.app
  await usage.flush()
  const rows = new UsageRepository(database)
  const { userId } = bench
  const dayOf = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)
  const range = { userId, from: dayOf(0), to: dayOf(0) }
  const today = (await rows.listDays(range))[0]!
  const kinds = ['image', 'transform', 'code'] as const
  const tops = await Promise.all(
    kinds.map(async kind => (await rows.listTops(range, kind, 200)).map(top => ({ ...top, userId, kind }))),
  )
  for (let ago = 1; ago <= days; ago++) {
    const busy = 3 + Math.sin(ago / 1.1) + 0.8 * Math.sin(ago / 5) - ago / 24
    const fresh = 0.4 + 0.2 * Math.sin(ago / 2.3)
    const more = (number: number) => Math.round(number * busy)
    const rendered = (number: number) => Math.round(number * busy * fresh)
    const day = {
      ...today,
      requests: more(today.requests),
      memory: more(today.memory),
      // derivatives that were rendered today come from the store on most other days
      store: more(today.miss) - rendered(today.miss),
      miss: rendered(today.miss),
      bytes: more(today.bytes),
      developments: rendered(today.developments),
      cpuMs: rendered(today.cpuMs),
      errors: more(today.errors),
    }
    const named = tops.flat().map(top => ({ ...top, requests: more(top.requests), bytes: more(top.bytes) }))
    await rows.addBatch({ writer: 'screenshots', number: ago, day: dayOf(ago), days: [day], tops: named })
  }
}

/** Saves a screenshot after all animations have finished. */
async function saveScreenshot(page: Page, name: string): Promise<boolean> {
  await page.evaluate('Promise.allSettled(document.getAnimations().map(one => one.finished))')
  const screenshot = await page.screenshot()
  const { size } = await sharp(screenshot)
    .webp({ quality: 82 })
    .toFile(join(folder, `${name}.webp`))
  return size > 0
}
