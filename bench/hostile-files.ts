import {
  gifOfFrames,
  pdfOfForms,
  pdfOfLoop,
  pngWithChunks,
  svgOfFilters,
  svgOfMasks,
  svgOfPath,
  svgOfUses,
  tiffOfPages,
} from '../service/test/support/hostile-files.ts'

/** The files that `npm run bench:hostile` uploads, by what they consist of. */
export const hostileFiles: Readonly<Record<string, () => Buffer | Promise<Buffer>>> = {
  'TIFF of 40,000 pages': () => tiffOfPages(40_000),
  'PNG with ten zTXt of 49 MB': () => pngWithChunks('zTXt', 10, 49e6),
  'PNG with ten iTXt of 49 MB': () => pngWithChunks('iTXt', 10, 49e6),
  'PNG with an iCCP of 49 MB': () => pngWithChunks('iCCP', 1, 49e6),
  'SVG of filters in filters': () => svgOfFilters(20, 10),
  'SVG of masks in masks': () => svgOfMasks(100, 100),
  'SVG of a path of 300,000 segments': () => svgOfPath(300_000),
  'SVG of uses in uses': () => svgOfUses(9),
  'PDF of forms in forms': () => pdfOfForms(7),
  'PDF of a form in itself': pdfOfLoop,
  'GIF of a million frames': () => gifOfFrames(1e6, 16),
}
