import sharp from 'sharp'

/** Reads the pixels, delays and loop count of an animation. */
export async function readFrames(data: Buffer) {
  const { delay, loop } = await sharp(data, { pages: -1 }).metadata()
  const { data: pixels, info } = await sharp(data, { pages: -1 })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const pageHeight = info.pageHeight ?? info.height
  const at = (frame: number, x: number, y: number) => {
    const offset = ((frame * pageHeight + y) * info.width + x) * 4
    return [...pixels.subarray(offset, offset + 4)]
  }
  return { width: info.width, height: pageHeight, pages: info.height / pageHeight, delay, loop, at }
}
