import { DarkroomError } from '../../errors/catalogue.ts'

/** The error for a damaged file or an unsupported variant. `reason` says which. */
export function undecodableFile(reason: string): DarkroomError {
  return new DarkroomError('undecodable', `the image cannot be decoded: ${reason}`)
}

/**
 * Rejects a page before its pixels are allocated.
 * @throws DarkroomError `undecodable` unless both sides are positive integers, `too-many-pixels` beyond the limit
 */
export function assertSize(width: number, height: number, maxPixels: number): void {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1)
    throw undecodableFile(`invalid size ${width}x${height}`)
  if (width * height > maxPixels)
    throw new DarkroomError('too-many-pixels', `the image has more than ${maxPixels / 1e6} megapixels`)
}

/** Rejects a page that the file does not have. @throws DarkroomError `undecodable` */
export function assertPageExists(page: number, pages: number): void {
  if (pages < 1) throw undecodableFile('the file has no pages')
  if (page > pages) throw undecodableFile(`page ${page} does not exist, the file has ${pages}`)
}
