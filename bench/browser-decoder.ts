import { type Browser, chromium } from 'playwright-core'

/** A picture as the browser shows it: its intrinsic size, and its pixels as a PNG. */
export interface ShownPicture {
  readonly width: number
  readonly height: number
  /** At most `maxSide` pixels on each side. */
  readonly png: Buffer
}

/** The longest side of a result. */
const maxSide = 1024
/** How long the browser may take for one picture, in milliseconds. */
const timeoutMs = 20_000

/** The browser as an independent decoder of all formats that the web uses. */
export interface BrowserDecoder {
  /** @returns undefined for a file that the browser cannot show */
  decode(file: Buffer, type: string): Promise<ShownPicture | undefined>
  close(): Promise<void>
}

/** Starts Debian's Chromium, with its colours in sRGB. */
const launch = () =>
  chromium.launch({
    executablePath: '/usr/bin/chromium-headless-shell',
    args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb'],
    timeout: 120_000,
  })

/** Starts a browser, and starts it again after a crash. */
export async function startBrowserDecoder(): Promise<BrowserDecoder> {
  let browser = await launch()
  return {
    async decode(file, type) {
      const url = `data:${type};base64,${file.toString('base64')}`
      if (!browser.isConnected()) browser = await launch()
      return draw(browser, url).catch(() => undefined)
    },
    close: () => browser.close(),
  }
}

async function draw(browser: Browser, url: string): Promise<ShownPicture | undefined> {
  const page = await browser.newPage()
  const late = new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), timeoutMs).unref())
  const shown = await Promise.race([page.evaluate(drawInPage, { url, maxSide }), late]).finally(() =>
    page.close(),
  )
  return shown && { ...shown, png: Buffer.from(shown.png.split(',')[1] ?? '', 'base64') }
}

/** Runs in the page. The first frame of an animation is drawn. */
async function drawInPage(task: { url: string; maxSide: number }) {
  // the project is compiled without TypeScript's types of the DOM
  const { document, Image } = globalThis as unknown as PageGlobals
  const image = new Image()
  image.src = task.url
  const isDecoded = await image.decode().then(
    () => true,
    () => false,
  )
  const { naturalWidth: width, naturalHeight: height } = image
  if (!isDecoded || width === 0 || height === 0) return undefined
  const scale = Math.min(1, task.maxSide / Math.max(width, height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(width * scale))
  canvas.height = Math.max(1, Math.round(height * scale))
  const context = canvas.getContext('2d')
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  return { width, height, png: canvas.toDataURL('image/png') }
}

/** The types of those globals of a page that `drawInPage` uses. */
interface PageGlobals {
  readonly Image: new () => {
    src: string
    readonly naturalWidth: number
    readonly naturalHeight: number
    decode(): Promise<void>
  }
  readonly document: { createElement(name: 'canvas'): Canvas }
}
interface Canvas {
  width: number
  height: number
  getContext(kind: '2d'): {
    imageSmoothingQuality: string
    drawImage(image: unknown, x: number, y: number, width: number, height: number): void
  }
  toDataURL(type: string): string
}
