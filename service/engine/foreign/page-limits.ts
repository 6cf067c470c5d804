import { DarkroomError } from '../../errors/catalogue.ts'

/** The error for a file that is damaged, or uses what is not read here; `reason` says which. */
export function undecodableFile(reason: string): DarkroomError {
  return new DarkroomError('undecodable', `the image cannot be decoded: ${reason}`)
}

/**
 * Refuses a page before memory is taken for its pixels.
 * @throws DarkroomError `undecodable` when a side is no positive whole number, `too-many-pixels` beyond the limit
 */
export function assertSize(width: number, height: number, maxPixels: number): void {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1)
    throw undecodableFile(`a size of ${width}x${height}`)
  if (width * height > maxPixels)
    throw new DarkroomError('too-many-pixels', `the image has more than ${maxPixels / 1e6} megapixels`)
}

/** Refuses a page that the file does not have. @throws DarkroomError `undecodable` */
export function assertPageExists(page: number, pages: number): void {
  if (pages < 1) throw undecodableFile('the file has no page')
  if (page > pages) throw undecodableFile(`page ${page} of ${pages}`)
}
