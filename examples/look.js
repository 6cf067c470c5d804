const devices = {
  desktop: { viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1 },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
}

/**
 * Opens a website on each device. @returns one line per image: which file the browser chose, and how it is shown
 * @throws Error if there is no image, one does not load, or the page reports an error
 */
export async function lookAt(browser, siteUrl, imageUrl) {
  const lines = []
  for (const [device, options] of Object.entries(devices)) {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const problems = []
    const types = new Map()
    page.on('pageerror', error => problems.push(String(error)))
    page.on('response', response => {
      const url = response.url()
      if (url.startsWith(imageUrl))
        types.set(url, `${response.status()} ${response.headers()['content-type']}`)
      if (response.status() >= 400 && !url.endsWith('/favicon.ico'))
        problems.push(`${response.status()} for ${url}`)
    })
    await page.goto(siteUrl)
    await page.locator('img').first().waitFor()
    await page.waitForFunction(() =>
      [...document.images].every(({ complete, naturalWidth }) => complete && naturalWidth > 0),
    )
    await page.waitForLoadState('networkidle')
    const images = await page.evaluate(describeImages)
    await context.close()
    if (images.length === 0) problems.push('there is no image')
    for (const { src, ...image } of images) {
      if (!src.startsWith(imageUrl)) problems.push(`an image comes from ${src}`)
      const path = new URL(src).pathname.replace(/.*\/\w+?(?=[_.])/, '…')
      lines.push(`${device}: ${types.get(src)} ${image.file} as ${image.shown}, ${image.hints}: ${path}`)
    }
    if (problems.length > 0) throw new Error(`${device}: ${problems.join('; ')}\n${lines.join('\n')}`)
  }
  return lines
}

/** Runs in the page. The natural size of an image with a `srcset` counts CSS pixels, so the file is loaded by itself. */
function describeImages() {
  return Promise.all(
    [...document.images].map(async image => {
      const file = new Image()
      file.src = image.currentSrc
      await file.decode()
      return {
        src: image.currentSrc,
        file: `${file.naturalWidth}x${file.naturalHeight}`,
        shown: `${image.width}x${image.height}`,
        hints: `loading=${image.loading} decoding=${image.decoding}`,
      }
    }),
  )
}
